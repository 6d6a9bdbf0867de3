//! The mails of the demo's folder, as the postman writes them (`reactors::postman`), for its own page.

use std::path::Path;
use std::time::UNIX_EPOCH;

use amphi_events::Time;
use amphi_web::DemoMail;

/// Mails that are shown.
const MOST: usize = 200;
/// What stands between a mail's text and its part for calendars.
const CALENDAR: &str = "\n--- text/calendar; method=";

/// The newest ones, newest first.
///
/// # Errors
/// The folder can't be read. Before the first mail there is none, which is none.
pub async fn read(folder: &Path) -> anyhow::Result<Vec<DemoMail>> {
    let mut found = Vec::new();
    let mut entries = match tokio::fs::read_dir(folder).await {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
        Err(e) => return Err(e.into()),
    };
    while let Some(entry) = entries.next_entry().await? {
        let path = entry.path();
        // One that is being written has another ending.
        if path.extension().is_some_and(|e| e == "txt") {
            found.push((entry.metadata().await?.modified()?, path));
        }
    }
    found.sort_by(|a, b| b.cmp(a));
    let mut mails = Vec::new();
    for (modified, path) in found.into_iter().take(MOST) {
        let name = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
        let Some((_, id)) = name.rsplit_once('-') else {
            continue;
        };
        let ms = modified.duration_since(UNIX_EPOCH)?.as_millis();
        let text = tokio::fs::read_to_string(&path).await?;
        mails.extend(mail(id, Time(i64::try_from(ms)?), &text));
    }
    Ok(mails)
}

fn mail(id: &str, at: Time, file: &str) -> Option<DemoMail> {
    let (head, body) = file.split_once("\n\n")?;
    let header = |name: &str| {
        let mut lines = head.lines();
        lines
            .find_map(|l| l.strip_prefix(name)?.strip_prefix(": "))
            .map(str::to_owned)
    };
    let (text, calendar) = match body.split_once(CALENDAR) {
        Some((text, part)) => (text, part.split_once('\n').map(|(_, c)| c.to_owned())),
        None => (body, None),
    };
    Some(DemoMail {
        id: id.to_owned(),
        at,
        to: header("To")?,
        reply_to: header("Reply-To"),
        subject: header("Subject")?,
        text: text.trim_end().to_owned(),
        calendar,
    })
}

#[cfg(test)]
mod tests {
    use amphi_web::calendar::Method;

    use super::*;
    use crate::reactors::postman::Letter;

    #[tokio::test]
    async fn what_the_postman_wrote_is_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(read(&folder.path().join("none")).await.expect("none yet").is_empty());
        let mut letter = Letter {
            to: "zoe@univ.example".into(),
            reply_to: Some(("Grace".into(), "grace@univ.example".into())),
            subject: "Invitation : Calcul".into(),
            text: "Bonjour,\n\nSubject: none\n".into(),
            calendar: Some((Method::Request, "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".into())),
        };
        let write = |name: &str, letter: &Letter| {
            std::fs::write(folder.path().join(name), letter.plain()).expect("written");
        };
        write("01A-01B.txt", &letter);
        write("01A-01C.draft", &letter);
        let mails = read(folder.path()).await.expect("mails");
        assert_eq!(mails.len(), 1, "{mails:?}");
        let mail = &mails[0];
        assert_eq!((mail.id.as_str(), mail.to.as_str()), ("01B", letter.to.as_str()));
        assert_eq!(mail.reply_to.as_deref(), Some("Grace <grace@univ.example>"));
        assert_eq!(mail.subject, letter.subject);
        assert_eq!(mail.text, letter.text.trim_end());
        assert_eq!(mail.calendar.as_ref(), letter.calendar.as_ref().map(|(_, c)| c));
        (letter.calendar, letter.reply_to) = (None, None);
        write("01A-01D.txt", &letter);
        let mails = read(folder.path()).await.expect("mails");
        let plain = mails.iter().find(|m| m.id == "01D").expect("the second");
        assert_eq!((plain.calendar.as_ref(), plain.reply_to.as_ref()), (None, None));
    }
}
