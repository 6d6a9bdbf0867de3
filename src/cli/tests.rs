use clap::{CommandFactory, Parser};

use super::*;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split_whitespace())
}

#[test]
fn the_command_line_is_well_made() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_of_the_surface() {
    for line in [
        "amphi demo",
        "amphi demo --listen 127.0.0.1:0 --data /tmp/d --fresh",
        "amphi serve",
        "amphi serve --config amphi.toml --listen 127.0.0.1:0 --set room_poll=0.2 --accept-lost-events",
        "amphi check",
        "amphi rebuild",
        "amphi rebuild chat lives --data d",
        "amphi audit verify",
        "amphi audit events --after 7 --stream live,chat --type LiveWentOnAir --limit 3 --table",
        "amphi audit stats --json",
        "amphi audit export events.ndjson",
        "amphi person export ada",
        "amphi person erase 01J8Z3K6Q9W5X7Y1V2T4R0N8MB",
        "amphi user add --login ada --name Ada --role administrator --password-stdin",
        "amphi token new --login ada",
        "amphi token new --login ada --scope read,plan --scope chat --days 90",
        "amphi import pod --dump pod.json",
        "amphi import pod --dump pod.json --apply --report r.json --site 1 --time-zone Europe/Paris --from old",
        "amphi settings --markdown",
    ] {
        assert!(parse(line).is_ok(), "{line}: {}", parse(line).err().unwrap());
    }
}

#[test]
fn wrong_usage_is_two() {
    for line in [
        "amphi",
        "amphi fly",
        "amphi demo --listen nowhere",
        "amphi user add --login ada --name Ada --role king --password-stdin",
        // A password on the command line would be seen by everybody.
        "amphi user add --login ada --name Ada --role user",
        "amphi serve --set room_poll",
        "amphi token new --login ada --scope everything",
        "amphi import pod --dump pod.json --apply --dry-run",
    ] {
        assert_eq!(parse(line).err().map(|e| e.exit_code()), Some(2), "{line}");
    }
}

#[test]
fn an_error_is_one_line_that_says_nothing_twice() {
    let inner = anyhow::anyhow!("no such file\nor directory");
    let outer = inner.context("/x: no such file or directory").context("the master key");
    assert_eq!(one_line(&outer), "the master key: /x: no such file or directory");
}

mod orders {
    use serde_json::{Value, json};

    use crate::cli::folder::{in_use, order_in};
    use crate::config::{Config, Given};
    use crate::socket::Order;

    fn config(dir: &std::path::Path) -> Config {
        let flags = [("data", dir.join("data")), ("master_key_file", dir.join("master.key"))];
        let flags = flags
            .into_iter()
            .map(|(n, p)| (n.to_owned(), p.display().to_string()))
            .collect();
        Config::load(&Given {
            flags,
            ..Given::default()
        })
        .unwrap()
    }

    async fn ask(dir: &std::path::Path, order: Order) -> anyhow::Result<Value> {
        order_in(&config(dir), &dir.join("data"), order, |_| ()).await
    }

    fn add() -> Order {
        Order::UserAdd {
            login: "ada".into(),
            name: "Ada Lovelace".into(),
            role: "staff".into(),
            password: "a good one".into(),
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn with_no_server_the_folder_is_opened_here() {
        let dir = tempfile::tempdir().unwrap();
        let made = ask(dir.path(), add()).await.unwrap();
        let id = made["id"].as_str().unwrap().to_owned();
        assert!(ask(dir.path(), add()).await.unwrap_err().to_string().contains("taken"));
        let token = ask(
            dir.path(),
            Order::TokenNew {
                login: "ADA".into(),
                scopes: vec!["read".into()],
                days: Some(1),
            },
        )
        .await
        .unwrap();
        assert!(token.as_str().unwrap().starts_with("amphi_"));

        let known = ask(dir.path(), Order::PersonExport { person: "ada".into() })
            .await
            .unwrap();
        assert_eq!(known["account"]["name"], "Ada Lovelace");
        assert_eq!(
            known["events"][0]["personal"]["profile"],
            json!({ "login": "ada", "name": "Ada Lovelace" })
        );

        let mail = dir.path().join("data/mail");
        std::fs::create_dir_all(&mail).unwrap();
        std::fs::write(mail.join(format!("{id}-1.txt")), "Dear Ada").unwrap();
        std::fs::write(mail.join("other-1.txt"), "Dear Grace").unwrap();
        let erased = ask(dir.path(), Order::PersonErase { person: id.clone() })
            .await
            .unwrap();
        assert_eq!(erased["mails_deleted"], 1);
        let left = ask(dir.path(), Order::PersonExport { person: id }).await.unwrap();
        assert_eq!(left["account"], Value::Null);
        assert_eq!(left["events"][0]["personal"]["profile"], Value::Null);
        assert!(
            ask(
                dir.path(),
                Order::PersonErase {
                    person: "nobody".into()
                }
            )
            .await
            .is_err()
        );

        let built = ask(dir.path(), Order::Rebuild { models: vec![] }).await.unwrap();
        assert!(!built.as_array().unwrap().is_empty());
        let said = ask(
            dir.path(),
            Order::Rebuild {
                models: vec!["weather".into()],
            },
        )
        .await
        .unwrap_err()
        .to_string();
        assert!(said.contains("weather"), "{said}");
        assert!(!in_use(&dir.path().join("data")).unwrap());
    }

    #[tokio::test]
    async fn a_folder_in_use_by_nobody_who_answers() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("data")).unwrap();
        let lock = std::fs::File::create(dir.path().join("data/lock")).unwrap();
        lock.lock().unwrap();
        let said = ask(dir.path(), add()).await.unwrap_err().to_string();
        assert!(said.contains("in use") && said.contains("amphi.sock"), "{said}");
    }
}
