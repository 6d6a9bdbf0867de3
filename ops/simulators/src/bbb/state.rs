//! State.
/// The BBB.
pub struct Bbb {}
impl Bbb {
    /// New.
    pub fn new(_secret: String) -> anyhow::Result<Self> {
        Ok(Self {})
    }
    /// Robot base.
    pub fn robot_base_of_latest_create(&self) -> Option<String> {
        None
    }
}
/// Scheme.
pub fn with_scheme(domain: &str) -> String {
    domain.to_owned()
}
