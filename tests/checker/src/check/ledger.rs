//! What was sent and acknowledged, against the log.

use std::collections::{BTreeMap, HashMap, HashSet};

use amphi_events::ids::{MessageId, PersonId};

use super::Rules;
use crate::breach::Breach;
use crate::history::{Client, History, What};
use crate::log::Log;

/// Refusals after which nobody knows whether the line was written.
const NOBODY_KNOWS: [&str; 1] = ["unavailable"];

/// What somebody sent under one name.
#[derive(Default)]
struct Sent<'a> {
    text: &'a str,
    tries: usize,
    receipt: Option<(MessageId, u64)>,
    refused: Option<&'a str>,
}

pub(super) fn check(history: &History, log: &Log, rules: Rules) -> Vec<Breach> {
    let mut breaches = Vec::new();
    // Where the log holds what: by its author and its text. Clients send each text under one name only.
    let mut lines: HashMap<(Option<PersonId>, &str), Vec<u64>> = HashMap::new();
    for (position, line) in &log.lines {
        lines.entry((line.person, &line.text)).or_default().push(*position);
    }
    // A person may have several clients: names are a person's, not a connection's.
    let mut names: HashMap<(Option<PersonId>, &str), HashSet<&str>> = HashMap::new();
    for client in &history.clients {
        let person = client.person();
        for record in &client.records {
            if let What::Post { client_id, text } = &record.what {
                names.entry((person, text.trim())).or_default().insert(client_id);
            }
        }
    }
    for client in &history.clients {
        let sent = of(client, log, &mut breaches);
        for (client_id, sent) in sent {
            let text = sent.text.trim();
            let key = (client.person(), text);
            let found = lines.get(&key).map(Vec::as_slice).unwrap_or_default();
            if found.len() > names.get(&key).map_or(1, HashSet::len) {
                breaches.push(Breach::Doubled {
                    client: client.name.clone(),
                    text: text.to_owned(),
                    positions: found.to_vec(),
                });
            }
            if let (Some(code), None, 1, Some(position)) = (sent.refused, sent.receipt, sent.tries, found.first()) {
                breaches.push(Breach::RefusedAndKept {
                    client: client.name.clone(),
                    client_id: client_id.to_owned(),
                    code: code.to_owned(),
                    position: *position,
                });
            }
        }
    }
    if rules.only_ours {
        for ((_, text), positions) in lines
            .iter()
            .filter(|(key, _)| key.0.is_some() && !names.contains_key(*key))
        {
            breaches.extend(positions.iter().map(|position| Breach::FromNowhere {
                position: *position,
                text: (*text).to_owned(),
            }));
        }
    }
    breaches
}

/// What a client sent, with its receipts, which are looked at one by one.
fn of<'a>(client: &'a Client, log: &Log, breaches: &mut Vec<Breach>) -> BTreeMap<&'a str, Sent<'a>> {
    let mut sent: BTreeMap<&str, Sent<'_>> = BTreeMap::new();
    let person = client.person();
    let is_ours =
        |line: &crate::log::LogLine, sent: &Sent<'_>| *line.text == *sent.text.trim() && line.person == person;
    for record in &client.records {
        match &record.what {
            What::Post { client_id, text } => {
                let sent = sent.entry(client_id).or_default();
                sent.text = text;
                sent.tries += 1;
            }
            What::Receipt {
                client_id,
                id,
                position,
            } => {
                let Some(sent) = sent.get_mut(client_id.as_str()) else {
                    breaches.push(Breach::ReceiptOfNothing {
                        client: client.name.clone(),
                        client_id: client_id.clone(),
                    });
                    continue;
                };
                match sent.receipt {
                    Some(first) if first != (*id, *position) => breaches.push(Breach::ReceiptChanged {
                        client: client.name.clone(),
                        client_id: client_id.clone(),
                        first: first.1,
                        second: *position,
                    }),
                    _ => sent.receipt = Some((*id, *position)),
                }
                let held = log.lines.get(position);
                if !held.is_some_and(|line| line.id == *id && is_ours(line, sent)) {
                    breaches.push(Breach::ReceiptNotInLog {
                        client: client.name.clone(),
                        client_id: client_id.clone(),
                        text: sent.text.to_owned(),
                        id: *id,
                        position: *position,
                        held: super::walk::held(held),
                    });
                }
            }
            What::Refused { client_id, code } if !NOBODY_KNOWS.contains(&code.as_str()) => {
                if let Some(sent) = sent.get_mut(client_id.as_str()) {
                    sent.refused = Some(code);
                }
            }
            What::Mine { pairs } => {
                for (client_id, id) in pairs {
                    let line = log.by_id(*id);
                    // Another page of the same person sent it: we don't know its text, only that it is theirs.
                    let right = line.is_some_and(|line| match sent.get(client_id.as_str()) {
                        Some(sent) => is_ours(line, sent),
                        None => line.person == person,
                    });
                    if !right {
                        breaches.push(Breach::NotMine {
                            client: client.name.clone(),
                            client_id: client_id.clone(),
                            id: *id,
                        });
                    }
                }
            }
            _ => {}
        }
    }
    sent
}
