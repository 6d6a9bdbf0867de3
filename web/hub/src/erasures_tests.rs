//! Somebody is erased while a page is away that shows what they wrote.

use amphi_events::Act;
use amphi_events::envelope::Position;
use amphi_events::ids::{EventId, PersonId};
use amphi_events::log::EventLog as _;
use amphi_events::person::{self, PersonCommand, Profile, Role};
use amphi_events::store::Place;
use amphi_events::{Scope, Subject};
use serde_json::Value;

use crate::bans_tests::{World, heard, next, post};
use crate::house::House;

/// An account in the log.
async fn account(house: &House) -> PersonId {
    let (id, event): (PersonId, EventId) = (house.sources.id(), house.sources.id());
    let (subject, scope) = (Subject::person(id), Scope::accounts());
    house.keys.make_subject(&subject).await.unwrap();
    house.keys.make_scope(&scope).await.unwrap();
    let profile = Profile {
        login: "rude".to_owned(),
        name: "Somebody".to_owned(),
    };
    let stream = person::stream(id);
    let place = Place {
        stream: &stream,
        event,
        field: "profile",
    };
    let add = PersonCommand::Add {
        role: Role::User,
        profile: house.keys.seal(&place, &subject, &scope, &profile).unwrap(),
    };
    let act = Act::system("test", house.sources.now()).first_id(event);
    house.aggregates.people.execute(id, add, act).await.unwrap();
    id
}

/// As the program does it.
async fn erase(house: &House, id: PersonId) {
    let act = Act::system("test", house.sources.now());
    let erased = house.aggregates.people.execute(id, PersonCommand::Erase, act).await;
    erased.unwrap();
    house.keys.destroy_subject(&Subject::person(id)).await.unwrap();
    house.hub.erased(id).await.unwrap();
}

#[tokio::test]
async fn a_page_that_was_away_forgets_what_an_erased_person_wrote() {
    let world = World::new().await;
    let (house, live) = (&world.house, world.house.live);
    let rude = account(house).await;
    let mut page = world.come(live, None).await.unwrap();
    heard(&mut world.come(live, Some(rude)).await.unwrap(), "a").await;
    let seen = next(&mut page).await;
    assert_eq!(seen["messages"][0]["text"], "hello");
    let epoch = house.log.identity().epoch.clone();
    let after = |upto: &Value| format!("?after={upto}&epoch={epoch}");
    drop(page);

    let back = next(&mut world.knock(live, None, &after(&seen["upto"])).await.unwrap()).await;
    assert_eq!(back["reset"], false, "nobody was erased");
    erase(house, rude).await;
    let mut back = world.knock(live, None, &after(&seen["upto"])).await.unwrap();
    let told = next(&mut back).await;
    assert_eq!(told["reset"], true, "{told}");
    assert!(!told["messages"].to_string().contains("hello"), "{told}");
    // Who is there is told of each line as well, before the next one or after it.
    let mut another = world.come(live, Some(house.sources.id())).await.unwrap();
    post(&mut another, "b").await;
    let line = loop {
        let frame = next(&mut back).await;
        if frame["t"] == "messages" {
            break frame;
        }
        assert_eq!(frame["t"], "removed", "{frame}");
    };
    drop(back);
    let back = next(&mut world.knock(live, None, &after(&line["upto"])).await.unwrap()).await;
    assert_eq!(back["reset"], false, "it was told: {back}");

    // After a restart the tables know, and where they stand still the log.
    house.reading.abort();
    let late = account(house).await;
    erase(house, late).await;
    let restarted = house.restarted();
    assert!(restarted.erased_since(Position(house.log.head().0 - 1)).await);
    assert!(!restarted.erased_since(house.log.head()).await);
}
