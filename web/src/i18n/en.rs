use super::T;
pub const fn text(key: T) -> &'static str {
    match key {
        T::Amphi => "Amphi",
    }
}
