//! What BBB takes as slides: by the name's ending, which BBB goes by too, and by how the file begins, so that nothing else is handed out under
//! that name.

use super::pages;
use crate::api::problem::{Code, Problem};

/// Longest name of a file, in characters.
const NAME_MAX: usize = 120;

/// How a kind of file begins.
enum Begins {
    With(&'static [u8]),
    /// A RIFF container of this kind.
    Riff(&'static [u8]),
    /// Text in UTF-8.
    Text,
}

use Begins::{Riff, Text, With};

const ZIP: Begins = With(b"PK\x03\x04");
const OLE: Begins = With(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);

/// Ending, media type, beginning. No SVG: it may hold script, and the address is ours.
const KINDS: &[(&str, &str, Begins)] = &[
    ("pdf", "application/pdf", With(b"%PDF-")),
    ("png", "image/png", With(b"\x89PNG\r\n\x1a\n")),
    ("jpg", "image/jpeg", With(&[0xFF, 0xD8, 0xFF])),
    ("jpeg", "image/jpeg", With(&[0xFF, 0xD8, 0xFF])),
    ("webp", "image/webp", Riff(b"WEBP")),
    ("odp", "application/vnd.oasis.opendocument.presentation", ZIP),
    ("odt", "application/vnd.oasis.opendocument.text", ZIP),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet", ZIP),
    ("odg", "application/vnd.oasis.opendocument.graphics", ZIP),
    (
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ZIP,
    ),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ZIP,
    ),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ZIP,
    ),
    ("ppt", "application/vnd.ms-powerpoint", OLE),
    ("doc", "application/msword", OLE),
    ("xls", "application/vnd.ms-excel", OLE),
    ("rtf", "application/rtf", With(b"{\\rtf")),
    ("txt", "text/plain; charset=utf-8", Text),
];

/// Endings that are taken, as an `accept` attribute writes them.
pub fn accept() -> String {
    let endings: Vec<String> = KINDS.iter().map(|(ending, ..)| format!(".{ending}")).collect();
    endings.join(",")
}

fn ending(name: &str) -> Option<&(&'static str, &'static str, Begins)> {
    let (_, ending) = name.rsplit_once('.')?;
    let ending = ending.to_lowercase();
    KINDS.iter().find(|(e, ..)| *e == ending)
}

/// Media type of a file by its name.
pub fn media_type(name: &str) -> &'static str {
    ending(name).map_or("application/octet-stream", |(_, media, _)| media)
}

/// The name as it is kept: the last part of a path, without what nobody sees or what ends a header; its ending stays.
pub fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last
        .chars()
        .filter(|c| !amphi_events::plain::is_unseen(*c) && !"\"<>|?*:%#&;".contains(*c))
        .collect();
    let plain = plain.trim().trim_start_matches('.');
    match plain.rsplit_once('.') {
        Some((stem, ending)) => {
            let stem: String = stem.chars().take(NAME_MAX).collect();
            format!(
                "{}.{ending}",
                if stem.trim().is_empty() { "slides" } else { stem.trim() }
            )
        }
        None => plain.chars().take(NAME_MAX).collect(),
    }
}

/// Whether the file is what its name says; pages of a PDF.
///
/// # Errors
/// 422: another kind, or a PDF that can't be read or has too many pages.
pub fn check(name: &str, file: &[u8], pages_max: u32) -> Result<Option<u32>, Problem> {
    let Some((ending, _, begins)) = ending(name) else {
        return Err(Code::SlidesKind.into());
    };
    let fits = match begins {
        With(start) => file.starts_with(start),
        Riff(kind) => file.starts_with(b"RIFF") && file.get(8..12) == Some(kind),
        Text => !file.is_empty() && std::str::from_utf8(file).is_ok_and(|t| !t.contains('\0')),
    };
    if !fits {
        return Err(Code::SlidesKind.into());
    }
    if *ending != "pdf" {
        return Ok(None);
    }
    let pages = pages::count(file).ok_or(Code::SlidesUnreadable)?;
    if pages == 0 {
        return Err(Code::SlidesUnreadable.into());
    }
    if pages > pages_max {
        return Err(Problem::new(Code::SlidesPages)
            .with("pages", pages)
            .with("most_pages", pages_max));
    }
    Ok(Some(pages))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A PDF of so many pages.
    pub(crate) fn pdf(pages: usize) -> Vec<u8> {
        pdf_with(pages, &[])
    }

    /// A PDF of so many pages, with more objects behind them.
    pub(crate) fn pdf_with(pages: usize, more: &[Vec<u8>]) -> Vec<u8> {
        let mut out = b"%PDF-1.4\n".to_vec();
        let mut offsets = vec![];
        let kids: Vec<String> = (0..pages).map(|n| format!("{} 0 R", n + 3)).collect();
        let mut objects = vec![
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            format!("<< /Type /Pages /Kids [{}] /Count {pages} >>", kids.join(" ")),
        ];
        objects.extend((0..pages).map(|_| "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] >>".to_owned()));
        let objects: Vec<Vec<u8>> = objects
            .into_iter()
            .map(String::into_bytes)
            .chain(more.iter().cloned())
            .collect();
        for (n, object) in objects.iter().enumerate() {
            offsets.push(out.len());
            out.extend(format!("{} 0 obj\n", n + 1).bytes());
            out.extend(object);
            out.extend(b"\nendobj\n");
        }
        let xref = out.len();
        out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
        for at in offsets {
            out.extend(format!("{at:010} 00000 n \n").bytes());
        }
        let trailer = format!(
            "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF\n",
            objects.len() + 1
        );
        out.extend(trailer.bytes());
        out
    }

    fn code(name: &str, file: &[u8]) -> &'static str {
        check(name, file, 150).map_or_else(|p| p.code.as_str(), |_| "taken")
    }

    #[test]
    fn a_file_is_what_its_name_says() {
        for (name, file, said) in [
            ("a.pdf", pdf(3).as_slice(), "taken"),
            ("A.PDF", &pdf(1), "taken"),
            ("a.png", b"\x89PNG\r\n\x1a\nrest", "taken"),
            ("a.webp", b"RIFF\0\0\0\0WEBPVP8 ", "taken"),
            ("a.pptx", b"PK\x03\x04rest", "taken"),
            ("a.txt", "é".as_bytes(), "taken"),
            ("a.pdf", b"<html>", "slides_kind"),
            ("a.png", &pdf(1), "slides_kind"),
            ("a.txt", b"\0\0", "slides_kind"),
            ("a.svg", b"<svg/>", "slides_kind"),
            ("a.html", b"<html>", "slides_kind"),
            ("pdf", &pdf(1), "slides_kind"),
            ("a.pdf", b"%PDF-1.4 and nothing", "slides_unreadable"),
            ("a.pdf", &pdf(0), "slides_unreadable"),
            ("a.pdf", &pdf(151), "slides_pages"),
        ] {
            assert_eq!(code(name, file), said, "{name}");
        }
        assert_eq!(check("a.pdf", &pdf(150), 150).ok().flatten(), Some(150));
    }

    #[test]
    fn a_name_ends_no_header_and_leads_to_no_folder() {
        for (given, kept) in [
            ("Cours 1 – été.pdf", "Cours 1 – été.pdf"),
            ("C:\\Users\\x\\a.pdf", "a.pdf"),
            ("../../etc/passwd.pdf", "passwd.pdf"),
            ("a\"\r\nb.pdf", "ab.pdf"),
            (".pdf", "pdf"),
            ("  .  .pdf", "slides.pdf"),
        ] {
            assert_eq!(plain_name(given), kept);
        }
        let long = plain_name(&format!("{}.pdf", "x".repeat(500)));
        assert_eq!(long, format!("{}.pdf", "x".repeat(120)));
    }
}
