//! Amphi's own looks at a playlist: where the media server keeps strangers out, we too come with a signature.

use amphi_events::broadcaster::Broadcaster;
use amphi_events::ids::BroadcasterId;

use super::Deps;

/// How long the signature of a look holds, in seconds: for clocks that differ.
const HOLDS_S: i64 = 120;

impl Deps {
    /// The address under which a broadcaster's playlist is asked for now.
    ///
    /// # Errors
    /// The store can't be read, or the secret that signs is not in it: then nothing is known of the picture.
    pub(super) async fn signed(&self, id: BroadcasterId, broadcaster: &Broadcaster) -> anyhow::Result<String> {
        let signed = self.signature(id, broadcaster).await?;
        signed.ok_or_else(|| anyhow::anyhow!("the secret that signs addresses of broadcaster {id} is not in the store"))
    }

    /// The same; None: the secret that signs is not in the store.
    ///
    /// # Errors
    /// The store can't be read.
    pub(super) async fn signature(
        &self,
        id: BroadcasterId,
        broadcaster: &Broadcaster,
    ) -> anyhow::Result<Option<String>> {
        let address = (broadcaster.hls_url.as_str(), broadcaster.protection);
        let until = self.now().plus_s(HOLDS_S);
        Ok(amphi_web::media::sign::address(&self.store, id, address, until).await?)
    }
}
