//! Pages of a PDF that a stranger wrote. Parts of it are packed, and a megabyte can unfold to as much memory as the machine has: what is
//! unfolded is bounded by part and in all, and nothing is kept but the tree of pages.

use std::cell::Cell;

use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId};

/// Most bytes that one packed part may unfold to. Programs that write PDF pack a hundred or two objects together, some 100 KiB.
const PART_MAX: usize = 2 << 20;
/// Most bytes that all of them may unfold to, and what is kept of them.
const PARTS_MAX: usize = 64 << 20;
/// What a value in memory takes, roughly.
const VALUE: usize = 128;
/// What of the tree of pages is needed to count them.
const KEPT: [&[u8]; 3] = [b"Type", b"Pages", b"Kids"];

thread_local! {
    /// What is left of [`PARTS_MAX`] for the file that this thread is at: the library's filter takes nothing along.
    static LEFT: Cell<usize> = const { Cell::new(0) };
}

/// Pages of a PDF; `None`: it can't be read, wants a password, or unfolds to too much.
pub(super) fn count(file: &[u8]) -> Option<u32> {
    // The library decrypts without asking, and without the bounds below, where the password is empty.
    if names(file, b"Encrypt") {
        return None;
    }
    let pages = read(file, false).filter(|pages| *pages > 0);
    // What unfolded to too much is not unfolded once more.
    pages.or_else(|| if LEFT.get() > 0 { read(file, true) } else { None })
}

/// `anew`: where the file's own table of objects leads nowhere they are looked for.
fn read(file: &[u8], anew: bool) -> Option<u32> {
    LEFT.set(PARTS_MAX);
    // A panic in the library is a file that can't be read; so is the end of what it may take, which unwinds from the filter.
    let read = std::panic::catch_unwind(|| {
        let options = LoadOptions {
            filter: Some(keep),
            max_decompressed_size: Some(PART_MAX),
            force_reconstruct: anew,
            ..LoadOptions::default()
        };
        let document = Document::load_mem_with_options(file, options).ok()?;
        if document.is_encrypted() {
            return None;
        }
        u32::try_from(document.page_iter().count()).ok()
    });
    read.ok().flatten()
}

/// Keeps what the pages are counted by, and pays for it.
fn keep(id: ObjectId, object: &mut Object) -> Option<(ObjectId, Object)> {
    match object {
        Object::Stream(stream) if stream.dict.has_type(b"ObjStm") => {
            // Unfolded once more by the library, one part at a time.
            let most = PART_MAX.min(LEFT.get());
            match stream.get_plain_content_with_limit(most) {
                Ok(plain) => pay(plain.len()),
                Err(_) => pay(usize::MAX),
            }
            // Only that there is something says here that it is to be unfolded.
            Some((id, Object::Null))
        }
        Object::Dictionary(whole) => {
            let tree = [&b"Catalog"[..], b"Pages", b"Page"]
                .into_iter()
                .any(|t| whole.has_type(t));
            if !tree && !whole.has(b"Kids") && !whole.has(b"Pages") {
                return None;
            }
            let mut kept = Dictionary::new();
            for key in KEPT {
                if let Ok(value) = whole.get(key) {
                    pay(VALUE * value.as_array().map_or(1, Vec::len));
                    kept.set(key, value.clone());
                }
            }
            pay(4 * VALUE);
            *whole = kept.clone();
            Some((id, Object::Dictionary(kept)))
        }
        // The children of a node may stand for themselves.
        Object::Array(all) if all.iter().all(|o| matches!(o, Object::Reference(_))) => {
            pay(VALUE * (1 + all.len()));
            Some((id, object.clone()))
        }
        _ => None,
    }
}

fn pay(bytes: usize) {
    let left = LEFT.get().checked_sub(bytes);
    LEFT.set(left.unwrap_or(0));
    if left.is_none() {
        // No hook is called: this is no failure of the program.
        std::panic::resume_unwind(Box::new("a file that unfolds to too much"))
    }
}

/// Whether a name stands in the file, letters written as `#45` too.
fn names(file: &[u8], name: &[u8]) -> bool {
    let letter = |at: &[u8]| match at {
        [b'#', high, low, ..] => {
            let digits = [*high, *low];
            let code = std::str::from_utf8(&digits)
                .ok()
                .and_then(|d| u8::from_str_radix(d, 16).ok());
            code.map_or((b'#', 1), |code| (code, 3))
        }
        [plain, ..] => (*plain, 1),
        [] => (0, 0),
    };
    let begins = |mut rest: &[u8]| {
        name.iter().all(|wanted| {
            let (found, length) = letter(rest);
            rest = rest.get(length..).unwrap_or_default();
            length > 0 && found == *wanted
        })
    };
    file.iter()
        .enumerate()
        .any(|(n, byte)| *byte == b'/' && file.get(n + 1..).is_some_and(begins))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slides::kind::tests::{pdf, pdf_with};

    /// A packed part that unfolds to so many bytes, blanks of its one object.
    fn part(bytes: usize) -> Vec<u8> {
        let mut plain = b"900 0 ".to_vec();
        let first = plain.len();
        plain.extend(b"[".iter().copied().chain(b" ".repeat(bytes)).chain(*b"]"));
        let mut dict = Dictionary::new();
        dict.set("Type", Object::Name(b"ObjStm".to_vec()));
        dict.set("N", 1);
        dict.set("First", i64::try_from(first).expect("small"));
        let mut stream = lopdf::Stream::new(dict, plain);
        stream.compress().expect("packed");
        let mut out = format!(
            "<< /Type /ObjStm /N 1 /First {first} /Filter /FlateDecode /Length {} >>\nstream\n",
            stream.content.len()
        )
        .into_bytes();
        out.extend(&stream.content);
        out.extend(b"\nendstream");
        out
    }

    #[test]
    fn what_unfolds_to_much_is_not_read() {
        let small = pdf_with(3, &[part(1000)]);
        assert_eq!(count(&small), Some(3));
        // One part; many that are small each.
        let one = pdf_with(3, &[part(40 << 20)]);
        assert!(one.len() < 1 << 20, "{}", one.len());
        assert_eq!(count(&one), None);
        let many = pdf_with(3, &vec![part(PART_MAX - 1000); 40]);
        assert!(many.len() < 1 << 20, "{}", many.len());
        assert_eq!(count(&many), None);
        // The next file begins anew.
        assert_eq!(count(&small), Some(3));
    }

    #[test]
    fn a_pdf_as_programs_write_it_now_is_read() {
        let mut document = Document::load_mem(&pdf(120)).expect("a document");
        let mut packed = vec![];
        document.save_modern(&mut packed).expect("written");
        assert!(names(&packed, b"ObjStm"), "its objects are packed");
        assert_eq!(count(&packed), Some(120));
    }

    /// Bytes were lost in front: the table of objects leads nowhere.
    #[test]
    fn a_damaged_table_is_made_anew() {
        let whole = pdf(4);
        let mut damaged = whole[..9].to_vec();
        damaged.extend(b"% a line that was not there\n");
        damaged.extend(&whole[9..]);
        assert_eq!(count(&damaged), Some(4));
    }

    #[test]
    fn a_pdf_with_a_password_is_not_read() {
        for name in ["Encrypt", "#45ncrypt", "Encr#79pt"] {
            let mut file = pdf(2);
            let at = file.windows(5).rposition(|w| w == b"/Root").expect("a trailer");
            file.splice(at..at, format!("/{name} 9 0 R ").bytes());
            assert_eq!(count(&file), None, "{name}");
        }
        assert!(!names(b"/Encryp /#4 #45ncrypt /", b"Encrypt"));
    }
}
