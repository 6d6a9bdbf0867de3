//! A form that was open while somebody else saved: both are put together, and what changed meanwhile is said.

use amphi_events::meeting::options::OPTIONS;

use super::form::{MeetingForm, Wrong};
use super::options;
use crate::fields::FormFields;
use crate::i18n::{Lang, T};

/// A field of the form as it is told: where it stands, what it is called, and the names under which it is posted.
struct Told {
    field: &'static str,
    label: T,
    names: Vec<String>,
}

fn told(fields: &FormFields, all: &[&MeetingForm]) -> Vec<Told> {
    let one = |field: &'static str, label: T| Told {
        field,
        label,
        names: vec![field.to_owned()],
    };
    let mut out = vec![
        one("name", T::Name),
        one("description", T::Description),
        Told {
            field: "kind-webinar",
            label: T::PlanWhat,
            names: vec!["is_webinar".to_owned()],
        },
        one("starts_at", T::StartsAt),
        one("minutes", T::Minutes),
        one("time_zone", T::TimeZone),
        one("enable_chat", T::EnableChat),
        one("is_restricted", T::IsRestricted),
        one("presenters", T::CoOwnersLogins),
    ];
    let posted = |begins: &str| {
        let mut names: Vec<String> = all.iter().flat_map(|f| f.more.keys()).cloned().collect();
        names.retain(|n| n.starts_with(begins));
        names.sort();
        names.dedup();
        names
    };
    out.push(Told {
        field: "repeat",
        label: T::Repeats,
        names: ["repeat", "every", "ends", "until", "count"]
            .map(str::to_owned)
            .into_iter()
            .chain(posted("on."))
            .collect(),
    });
    out.push(Told {
        field: "groups",
        label: T::Groups,
        names: posted(super::form::GROUP),
    });
    for option in OPTIONS.iter().filter(|o| !fields.is_hidden(o.field)) {
        let mut names = vec![option.field.to_owned()];
        names.extend(posted(&format!("{}.", option.field)));
        out.push(Told {
            field: option.field,
            label: options::label(option.field),
            names,
        });
    }
    out
}

fn get(form: &MeetingForm, name: &str) -> String {
    let plain = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
    let tick = |on: &Option<String>| on.clone().unwrap_or_default();
    match name {
        "name" => plain(&form.name),
        "description" => plain(&form.description),
        "starts_at" => plain(&form.starts_at),
        "minutes" => plain(&form.minutes),
        "time_zone" => plain(&form.time_zone),
        "is_webinar" => tick(&form.is_webinar),
        "enable_chat" => tick(&form.enable_chat),
        "is_restricted" => tick(&form.is_restricted),
        "presenters" => form.logins().join(", "),
        more => form.more.get(more).map(|v| plain(v)).unwrap_or_default(),
    }
}

fn set(form: &mut MeetingForm, name: &str, from: &MeetingForm) {
    match name {
        "name" => form.name.clone_from(&from.name),
        "description" => form.description.clone_from(&from.description),
        "starts_at" => form.starts_at.clone_from(&from.starts_at),
        "minutes" => form.minutes.clone_from(&from.minutes),
        "time_zone" => form.time_zone.clone_from(&from.time_zone),
        "is_webinar" => form.is_webinar.clone_from(&from.is_webinar),
        "enable_chat" => form.enable_chat.clone_from(&from.enable_chat),
        "is_restricted" => form.is_restricted.clone_from(&from.is_restricted),
        "presenters" => form.presenters.clone_from(&from.presenters),
        more => match from.more.get(more) {
            Some(value) => drop(form.more.insert(more.to_owned(), value.clone())),
            None => drop(form.more.remove(more)),
        },
    }
}

/// What was typed, onto what holds now: a field that was not touched (it stands as it was when the form was opened) takes what somebody else
/// made of it, one that was touched keeps what was typed. What somebody else changed is told of each.
pub fn together(
    typed: MeetingForm,
    before: &MeetingForm,
    now: &MeetingForm,
    fields: &FormFields,
    lang: Lang,
) -> (MeetingForm, Vec<Wrong>) {
    let mut form = typed;
    let mut said = vec![Wrong::at("", lang.t(T::ChangedMeanwhile).to_owned())];
    for told in told(fields, &[&form, before, now]) {
        let value = |form: &MeetingForm| -> Vec<String> { told.names.iter().map(|n| get(form, n)).collect() };
        let (is, was, becomes) = (value(&form), value(before), value(now));
        if was == becomes || is == becomes {
            continue;
        }
        let field = lang.t(told.label);
        let text = if is == was {
            for name in &told.names {
                set(&mut form, name, now);
            }
            lang.f(T::ChangedTaken, &[("field", field)])
        } else {
            let values: Vec<&str> = becomes.iter().map(String::as_str).filter(|v| !v.is_empty()).collect();
            let value = match values.as_slice() {
                [] => lang.t(T::NothingThere).to_owned(),
                all => all
                    .join(", ")
                    .replace('T', if told.field == "starts_at" { " " } else { "T" }),
            };
            lang.f(T::ChangedTo, &[("field", field), ("value", &value)])
        };
        said.push(Wrong::at(told.field, text));
    }
    form.version.clone_from(&now.version);
    (form, said)
}

#[cfg(test)]
mod tests {
    use amphi_events::Time;
    use amphi_events::meeting::Details;

    use super::*;

    fn form(change: impl FnOnce(&mut Details)) -> MeetingForm {
        let mut details = Details::new("Optics", Time(1_795_000_000_000), 3600, "Europe/Paris");
        details.options.max_participants = 20;
        change(&mut details);
        MeetingForm::of(&details, &[])
    }

    #[test]
    fn what_was_not_touched_is_taken_over_and_what_was_typed_stays() {
        let before = form(|_| {});
        let typed = MeetingForm {
            name: "Optics II".into(),
            description: "two\r\nlines".into(),
            ..before.clone()
        };
        let mut now = form(|d| {
            d.name = "Waves".into();
            d.options.max_participants = 30;
            d.options.record = true;
        });
        now.version = "v2".into();
        let (merged, said) = together(typed, &before, &now, &FormFields::default(), Lang::En);
        assert_eq!((merged.name.as_str(), merged.version.as_str()), ("Optics II", "v2"));
        assert_eq!(merged.description, "two\r\nlines", "nothing that was typed is lost");
        assert_eq!(merged.more["max_participants"], "30");
        assert_eq!(merged.more["record"], "on");
        let fields: Vec<&str> = said.iter().map(|w| w.field).collect();
        assert_eq!(fields, ["", "name", "max_participants", "record"]);
        assert!(said[1].text.contains("“Waves”"), "{said:?}");
        assert!(said[2].text.contains("taken over"), "{said:?}");
    }

    #[test]
    fn a_box_that_was_unticked_elsewhere_is_unticked_and_hidden_fields_are_not_told() {
        let before = form(|d| d.options.record = true);
        let mut typed = before.clone();
        typed.more.remove("max_participants");
        let now = form(|d| d.options.max_participants = 7);
        let hidden = FormFields::new(&[], &["max_participants"]);
        let (merged, said) = together(typed, &before, &now, &hidden, Lang::Fr);
        assert!(!merged.more.contains_key("record"));
        assert_eq!(said.len(), 2, "{said:?}");
    }
}
