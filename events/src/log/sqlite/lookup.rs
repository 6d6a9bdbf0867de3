//! What the writer asks the file before it judges a batch.

use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Row};

use super::insert::ROWS;
use super::writer::Writer;
use crate::envelope::{Key, Position, StreamName};
use crate::log::judge::{Asked, Head, Held};

impl Writer {
    /// Fills the judge with the ends of the streams and the keys that exist: one statement each, and none
    /// where memory knows.
    pub(super) async fn look_up(&mut self, asked: &[Asked], keys_too: bool) -> Result<(), sqlx::Error> {
        let mut missing: Vec<&StreamName> = Vec::new();
        for a in asked {
            if self.judge.heads.contains_key(&a.stream) {
                continue;
            }
            let known = self.shared.ends().get(&a.stream);
            if known.is_none() {
                missing.push(&a.stream);
            }
            self.judge.heads.insert(a.stream.clone(), known.flatten());
        }
        for part in missing.chunks(ROWS) {
            self.find_ends(part).await?;
        }
        if !keys_too {
            return Ok(());
        }
        // A stream that has no event has no key.
        let keys: Vec<(&StreamName, Key)> = asked
            .iter()
            .flat_map(Asked::keys)
            .filter(|(s, _)| self.judge.heads.get(*s).is_some_and(Option::is_some))
            .collect();
        for part in keys.chunks(ROWS) {
            self.find_keys(part).await?;
        }
        Ok(())
    }

    async fn find_ends(&mut self, streams: &[&StreamName]) -> Result<(), sqlx::Error> {
        // Padded to a power of two with the last, so that nine prepared statements serve every batch.
        let padded = streams.len().next_power_of_two();
        let sql = format!(
            "with wanted(stream) as (values {}) select e.stream, e.version, e.id, e.hash from wanted w cross join events e \
             on e.stream = w.stream and e.version = (select max(version) from events where stream = w.stream)",
            vec!["(?)"; padded].join(",")
        );
        let mut arguments = SqliteArguments::default();
        for i in 0..padded {
            arguments
                .add(streams[i.min(streams.len() - 1)].as_str())
                .map_err(sqlx::Error::Encode)?;
        }
        for row in sqlx::query_with(AssertSqlSafe(sql), arguments)
            .fetch_all(&mut self.connection)
            .await?
        {
            let hash: Vec<u8> = row.try_get(3)?;
            let head = Head {
                version: row.try_get::<i64, _>(1)?.cast_unsigned(),
                last: parsed(row.try_get(2)?)?,
                hash: hash
                    .try_into()
                    .map_err(|_| sqlx::Error::Decode("a hash has not 32 bytes".into()))?,
            };
            self.judge
                .heads
                .insert(StreamName::from(row.try_get::<&str, _>(0)?), Some(head));
        }
        Ok(())
    }

    async fn find_keys(&mut self, keys: &[(&StreamName, Key)]) -> Result<(), sqlx::Error> {
        let padded = keys.len().next_power_of_two();
        let sql = format!(
            "with wanted(stream, key) as (values {}) select e.stream, e.key, e.position, e.version, e.id from wanted w cross join events e \
             indexed by events_key on e.stream = w.stream and e.key = w.key where e.key is not null",
            vec!["(?,?)"; padded].join(",")
        );
        let mut arguments = SqliteArguments::default();
        for i in 0..padded {
            let (stream, key) = &keys[i.min(keys.len() - 1)];
            arguments.add(stream.as_str()).map_err(sqlx::Error::Encode)?;
            arguments.add(&key.0[..]).map_err(sqlx::Error::Encode)?;
        }
        for row in sqlx::query_with(AssertSqlSafe(sql), arguments)
            .fetch_all(&mut self.connection)
            .await?
        {
            let key: Vec<u8> = row.try_get(1)?;
            let key = Key(key
                .try_into()
                .map_err(|_| sqlx::Error::Decode("a key has not 32 bytes".into()))?);
            let held = Held {
                position: Position(row.try_get::<i64, _>(2)?.cast_unsigned()),
                version: row.try_get::<i64, _>(3)?.cast_unsigned(),
                id: parsed(row.try_get(4)?)?,
            };
            self.judge
                .keys
                .insert((StreamName::from(row.try_get::<&str, _>(0)?), key), held);
        }
        Ok(())
    }
}

fn parsed(id: &str) -> Result<crate::ids::EventId, sqlx::Error> {
    id.parse().map_err(|e| sqlx::Error::Decode(Box::new(e)))
}
