//! Where to go after signing in: only to a path of this site, or a link could lead a person who just
//! typed a password to a stranger's copy of the page.

/// The path asked for, if it is one of ours, else `/`.
pub fn same_site(next: &str) -> &str {
    let path = next
        .strip_prefix('/')
        .is_some_and(|rest| !rest.starts_with(['/', '\\']));
    // Browsers drop tabs and line ends inside an address and read a backslash as a slash.
    let plain = next.len() <= 2000 && next.chars().all(|c| !c.is_control() && c != '\\' && !c.is_whitespace());
    // Signing in again at once, or out, is nobody's wish.
    let loops = next.starts_with("/login") || next.starts_with("/logout");
    if path && plain && !loops { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::same_site;

    #[test]
    fn only_paths_of_this_site() {
        for good in ["/", "/live/x", "/join/x?y=z", "/meetings?a=/b"] {
            assert_eq!(same_site(good), good);
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/x\r\ny",
            "javascript:x",
            "/login?next=/",
        ] {
            assert_eq!(same_site(bad), "/", "{bad:?}");
        }
    }
}
