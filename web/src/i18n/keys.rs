//! The keys of all texts.

macro_rules! keys {
    ($($name:ident)*) => {
        /// A text of the pages; what it says stands in `fr.rs` and `en.rs`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each says itself, in two languages")]
        pub enum T { $($name),* }

        impl T {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

keys! {
    Amphi
}
