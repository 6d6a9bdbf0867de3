//! How a meeting repeats, in its form and in words.

use amphi_events::meeting::Details;
use amphi_events::recurrence::{End, MonthlyType, Pattern, Recurrence, RuleRefusal, Weekdays};
use maud::{Markup, html};

use super::form::Wrong;
use super::form_view::{FormView, Line};
use super::options::Written;
use crate::i18n::{Lang, T, times};
use crate::pages::layout::Frame;

const UNITS: [(&str, T); 6] = [
    ("", T::RepeatNever),
    ("daily", T::RepeatDaily),
    ("weekly", T::RepeatWeekly),
    ("monthly_date", T::RepeatMonthlyDate),
    ("monthly_nth", T::RepeatMonthlyNth),
    ("yearly", T::RepeatYearly),
];
const ENDS: [(&str, T); 3] = [
    ("open", T::RepeatOpen),
    ("until", T::RepeatUntil),
    ("count", T::RepeatCount),
];

/// A meeting's rule as the form shows it.
pub fn written(details: &Details, form: &mut Written) {
    let mut put = |name: &str, value: String| drop(form.insert(name.to_owned(), value));
    let Some(rule) = details.recurrence else {
        put("repeat", String::new());
        put("every", "1".into());
        put("ends", "open".into());
        return;
    };
    let unit = match rule.pattern {
        Pattern::Daily => "daily",
        Pattern::Weekly { weekdays } => {
            for day in weekdays.iter() {
                put(&format!("on.{}", day.num_days_from_monday()), "on".into());
            }
            "weekly"
        }
        Pattern::Monthly {
            monthly_type: MonthlyType::DateDay,
        } => "monthly_date",
        Pattern::Monthly {
            monthly_type: MonthlyType::NthDay,
        } => "monthly_nth",
        Pattern::Yearly => "yearly",
    };
    put("repeat", unit.to_owned());
    put("every", rule.frequency.to_string());
    let end = match rule.end {
        End::Open => "open",
        End::Until(date) => {
            put("until", date.to_string());
            "until"
        }
        End::Count(count) => {
            put("count", count.to_string());
            "count"
        }
    };
    put("ends", end.to_owned());
}

/// The rule that a form says; `held` where it says nothing of it, as the form of another program may. `start`: what days of the week
/// mean where none is ticked.
pub fn read(
    form: &Written,
    held: &Details,
    start: Option<&Details>,
    lang: Lang,
    wrong: &mut Vec<Wrong>,
) -> Option<Recurrence> {
    let given = |name: &str| form.get(name).map_or("", |v| v.trim());
    if !form.contains_key("repeat") {
        return held.recurrence;
    }
    let pattern = match given("repeat") {
        "daily" => Pattern::Daily,
        "weekly" => {
            let ticked: String = (0..7)
                .filter(|n| !given(&format!("on.{n}")).is_empty())
                .map(|n| n.to_string())
                .collect();
            let mut weekdays: Weekdays = ticked.parse().unwrap_or_default();
            if let (true, Some(details)) = (weekdays.is_empty(), start) {
                weekdays = Weekdays::of([chrono::Datelike::weekday(&details.series().first())]);
            }
            Pattern::Weekly { weekdays }
        }
        "monthly_date" => Pattern::Monthly {
            monthly_type: MonthlyType::DateDay,
        },
        "monthly_nth" => Pattern::Monthly {
            monthly_type: MonthlyType::NthDay,
        },
        "yearly" => Pattern::Yearly,
        _ => return None,
    };
    let mut no = |field: &'static str, key: T| wrong.push(Wrong::at(field, lang.t(key).to_owned()));
    let frequency = given("every").parse().ok().filter(|n| (1..=100).contains(n));
    if frequency.is_none() {
        no("every", T::BadEvery);
    }
    let end = match given("ends") {
        "until" => given("until").parse().map(End::Until).unwrap_or_else(|_| {
            no("until", T::BadUntil);
            End::Open
        }),
        "count" => {
            let count = given("count").parse().ok().filter(|n| (1..=2000).contains(n));
            count.map_or_else(
                || {
                    no("count", T::BadTimes);
                    End::Open
                },
                End::Count,
            )
        }
        _ => End::Open,
    };
    Some(Recurrence {
        pattern,
        frequency: frequency.unwrap_or(1),
        end,
    })
}

/// A rule's refusal in the reader's language, and its field.
pub const fn refusal(why: RuleRefusal) -> (&'static str, T) {
    match why {
        RuleRefusal::Frequency => ("every", T::BadEvery),
        RuleRefusal::StartWeekday => ("repeat", T::BadStartDay),
        RuleRefusal::TooMany => ("ends", T::TooManyDates),
        RuleRefusal::TooFar => ("ends", T::SeriesTooFar),
    }
}

/// `Chaque semaine : lundi, mercredi · jusqu’au …`.
pub fn words(lang: Lang, rule: &Recurrence) -> String {
    let n = rule.frequency.to_string();
    let one = rule.frequency == 1;
    let every = |single: T, many: T| {
        if one {
            lang.t(single).to_owned()
        } else {
            lang.f(many, &[("n", &n)])
        }
    };
    let unit = match rule.pattern {
        Pattern::Daily => every(T::RepeatDaily, T::SaysDaily),
        Pattern::Weekly { weekdays } => {
            let days: Vec<&str> = weekdays.iter().map(|d| times::weekday(lang, d)).collect();
            let key = if one { T::SaysWeeklyOne } else { T::SaysWeekly };
            lang.f(key, &[("n", &n), ("days", &days.join(", "))])
        }
        Pattern::Monthly {
            monthly_type: MonthlyType::DateDay,
        } if one => lang.t(T::RepeatMonthlyDate).to_owned(),
        Pattern::Monthly {
            monthly_type: MonthlyType::NthDay,
        } if one => lang.t(T::RepeatMonthlyNth).to_owned(),
        Pattern::Monthly { .. } => lang.f(T::SaysMonthly, &[("n", &n)]),
        Pattern::Yearly => every(T::RepeatYearly, T::SaysYearly),
    };
    match rule.end {
        End::Open => unit,
        End::Until(date) => format!(
            "{unit} · {}",
            lang.f(T::SaysUntil, &[("date", &times::day(lang, date))])
        ),
        End::Count(count) => format!("{unit} · {}", lang.f(T::SaysTimes, &[("n", &count.to_string())])),
    }
}

/// The part of the form. A script hides what does not go with what is chosen; without it everything is there.
pub fn part(frame: &Frame, view: &FormView) -> Markup {
    let form = &view.form.more;
    let given = |name: &str| form.get(name).map_or("", String::as_str);
    let line = |name, label, hint| Line {
        name,
        label,
        hint,
        view,
    };
    let repeat = line("repeat", T::Repeats, Some(T::RepeatHint));
    let every = line("every", T::RepeatEvery, Some(T::RepeatEveryHint));
    let ends = line("ends", T::RepeatEnd, None);
    let (until, count) = (
        line("until", T::RepeatUntilDate, None),
        line("count", T::RepeatTimes, None),
    );
    let choice = |line: &Line<'_>, of: &[(&str, T)]| {
        html! {
            select id=(line.name) name=(line.name) aria-invalid=[line.invalid()] aria-describedby=[line.described("")] {
                @for (value, label) in of { option value=(value) selected[given(line.name) == *value] { (frame.t(*label)) } }
            }
        }
    };
    html! {
        div data-not-webinar {
            (repeat.render(frame, &choice(&repeat, &UNITS)))
            div id="repeat-more" {
                (every.render(frame, &html! {
                    input type="number" id="every" name="every" min="1" max="100" value=(given("every")) inputmode="numeric" aria-invalid=[every.invalid()] aria-describedby=[every.described("")];
                }))
                fieldset class="boxes days" id="repeat-days" {
                    legend { (frame.t(T::RepeatDays)) }
                    @for day in Weekdays::of(amphi_events::recurrence::DAYS).iter() {
                        @let name = format!("on.{}", day.num_days_from_monday());
                        label class="tick" { input type="checkbox" name=(name) value="on" checked[!given(&name).is_empty()]; span { (times::weekday(frame.lang, day)) } }
                    }
                    p class="hint" { (frame.t(T::RepeatDaysHint)) }
                }
                (ends.render(frame, &choice(&ends, &ENDS)))
                div id="repeat-until" { (until.render(frame, &html! {
                    input type="date" id="until" name="until" value=(given("until")) aria-invalid=[until.invalid()] aria-describedby=[until.described("")];
                })) }
                div id="repeat-count" { (count.render(frame, &html! {
                    input type="number" id="count" name="count" min="1" max="2000" value=(given("count")) inputmode="numeric" aria-invalid=[count.invalid()] aria-describedby=[count.described("")];
                })) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use amphi_events::Time;

    fn details(rule: Option<Recurrence>) -> Details {
        // A Wednesday in Paris.
        let mut details = Details::new("Cours", Time(1_795_000_000_000), 3600, "Europe/Paris");
        details.recurrence = rule;
        details
    }

    fn rules() -> Vec<Recurrence> {
        let weekly = Pattern::Weekly {
            weekdays: "05".parse().expect("days"),
        };
        let until = End::Until("2027-03-01".parse().expect("a date"));
        let monthly = |monthly_type| Pattern::Monthly { monthly_type };
        [
            (Pattern::Daily, 1, End::Open),
            (weekly, 2, until),
            (monthly(MonthlyType::DateDay), 1, End::Count(4)),
            (monthly(MonthlyType::NthDay), 3, End::Open),
            (Pattern::Yearly, 1, End::Count(2)),
        ]
        .map(|(pattern, frequency, end)| Recurrence {
            pattern,
            frequency,
            end,
        })
        .to_vec()
    }

    #[test]
    fn a_rule_read_back_is_the_same_and_has_words() {
        for rule in rules() {
            let held = details(Some(rule));
            let (mut form, mut wrong) = (Written::new(), vec![]);
            written(&held, &mut form);
            assert_eq!(read(&form, &details(None), None, Lang::Fr, &mut wrong), Some(rule));
            assert!(wrong.is_empty());
            for lang in Lang::ALL {
                assert!(!words(lang, &rule).contains('{'), "{rule:?}");
            }
        }
        let once = Written::from([("repeat".to_owned(), String::new())]);
        let held = details(Some(rules()[0]));
        assert_eq!(read(&once, &held, None, Lang::Fr, &mut vec![]), None);
        assert_eq!(
            read(&Written::new(), &held, None, Lang::Fr, &mut vec![]),
            held.recurrence
        );
    }

    /// Census M16: no day ticked ended in an error of the server.
    #[test]
    fn no_day_ticked_means_the_day_of_the_start() {
        let form = Written::from(
            [("repeat", "weekly"), ("every", "1"), ("ends", "open")].map(|(k, v)| (k.to_owned(), v.to_owned())),
        );
        let start = details(None);
        let rule = read(&form, &start, Some(&start), Lang::En, &mut vec![]).expect("a rule");
        assert_eq!(
            rule.pattern,
            Pattern::Weekly {
                weekdays: "2".parse().expect("Wednesday")
            }
        );
    }

    #[test]
    fn everything_wrong_is_said() {
        let form = Written::from(
            [
                ("repeat", "daily"),
                ("every", "0"),
                ("ends", "until"),
                ("until", "soon"),
            ]
            .map(|(k, v)| (k.to_owned(), v.to_owned())),
        );
        let mut wrong = vec![];
        read(&form, &details(None), None, Lang::En, &mut wrong);
        assert_eq!(wrong.iter().map(|w| w.field).collect::<Vec<_>>(), ["every", "until"]);
    }
}
