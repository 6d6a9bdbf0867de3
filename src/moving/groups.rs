//! Groups, with who is in them: access groups, which meetings are open to, and Django's own, which rights hung on (census §2.6).

use std::collections::{BTreeMap, BTreeSet};

use amphi_events::group::{self, GroupCommand, code_near, plain_near};
use amphi_events::ids::PersonId;
use amphi_web::auth::groups;

use super::dump::Row;
use super::{Kind, Mover, Stop, Taken, Why, leave, unread};

/// A group of there.
struct Found<'a> {
    key: String,
    row: &'a Row,
    code: String,
    name: String,
    /// Keys of people, or their logins.
    people: Vec<String>,
}

impl<'a> Mover<'a> {
    pub(super) async fn groups(&mut self) -> anyhow::Result<()> {
        let mut found = self.access_groups();
        let taken: BTreeSet<String> = found.iter().map(|g| g.code.clone()).collect();
        found.extend(self.django_groups(&taken));
        let of = found.len();
        for (n, group) in found.into_iter().enumerate() {
            self.tell(Kind::Groups, n, of);
            let done = self.one_group(&group).await;
            if done.is_ok() && group.row.value("display_name").is_some() {
                self.group_codes.insert(group.key.clone(), group.code.clone());
                self.group_codes
                    .insert(group.row.text("code_name").to_owned(), group.code.clone());
            }
            self.counted(Kind::Groups, &group.key, done)?;
        }
        Ok(())
    }

    fn access_groups(&mut self) -> Vec<Found<'a>> {
        // Each profile says which groups it is in, by their keys or by their codes.
        let mut members: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut users: BTreeMap<String, String> = BTreeMap::new();
        for owner in self.dump.of("authentication.owner") {
            let Some(user) = owner.refers("user") else { continue };
            if let Some(key) = owner.key() {
                users.insert(key, user.clone());
            }
            for group in owner.refers_many("accessgroups") {
                members.entry(group).or_default().push(user.clone());
            }
        }
        let site = self.wish.site.clone();
        let rows = self.rows(Kind::Groups, "authentication.accessgroup");
        let mut found = Vec::new();
        for (key, row) in rows {
            let sites = row.refers_many("sites");
            if site.as_ref().is_some_and(|s| !sites.is_empty() && !sites.contains(s)) {
                self.report.of(Kind::Groups).found -= 1;
                continue;
            }
            let code = code_near(row.text("code_name"));
            let of = |name: &str| members.get(name).cloned().unwrap_or_default();
            let mut people = of(&key);
            if row.text("code_name") != key {
                people.extend(of(row.text("code_name")));
            }
            // Other versions say it the other way round.
            people.extend(row.refers_many("users").iter().filter_map(|o| users.get(o).cloned()));
            let name = plain_near(row.text("display_name"), &code);
            found.push(Found {
                key,
                row,
                code,
                name,
                people,
            });
        }
        found
    }

    /// Django's groups have a name and no code, and may have that of an access group: members of the one are not let in as the other's.
    fn django_groups(&mut self, taken: &BTreeSet<String>) -> Vec<Found<'a>> {
        let mut members: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for user in self.dump.of("auth.user") {
            let Some(key) = user.key() else { continue };
            for group in user.refers_many("groups") {
                members.entry(group).or_default().push(key.clone());
            }
        }
        let rows = self.rows(Kind::Groups, "auth.group");
        let found = rows.into_iter().map(|(key, row)| {
            let mut code = code_near(row.text("name"));
            if taken.contains(&code) {
                code = code_near(&format!("django-{code}"));
            }
            let mut people = members.get(&key).cloned().unwrap_or_default();
            if row.text("name") != key {
                people.extend(members.get(row.text("name")).cloned().unwrap_or_default());
            }
            let name = plain_near(row.text("name"), &code);
            Found {
                key,
                row,
                code,
                name,
                people,
            }
        });
        found.collect()
    }

    async fn one_group(&mut self, found: &Found<'_>) -> Result<Taken, Stop> {
        if found.code.is_empty() {
            return leave(Why::Unreadable, "its code");
        }
        let held = self.tools.aggregates.groups.look(group::id(&found.code)).await;
        let held = held.map_err(unread)?.state;
        if held.name.is_none() && held.was_deleted {
            return leave(Why::GroupDeleted, &found.code);
        }
        let mut people: BTreeSet<PersonId> = BTreeSet::new();
        let mut missing = 0;
        for reference in &found.people {
            match self.person(reference) {
                Some(person) => {
                    people.insert(person);
                }
                None => missing += 1,
            }
        }
        if missing > 0 {
            let detail = format!("{}: {missing}", found.code);
            self.report
                .change(Kind::Groups, &found.key, Why::MembersMissing, detail);
        }
        if found.row.is("auto_sync") && !people.is_empty() {
            self.report
                .change(Kind::Groups, &found.key, Why::GroupWasFilled, found.code.clone());
        }
        let new: Vec<PersonId> = people.iter().filter(|p| !held.ever.contains(p)).copied().collect();
        if self.wish.apply {
            self.write_group(found, held.name.is_none(), &new).await?;
            // A run that was killed between the event and the store left the latter behind.
            for person in people.iter().filter(|p| held.members.contains(p)) {
                self.tools.store.enter_group(&found.code, *person).await?;
            }
        }
        Ok(if held.name.is_none() || !new.is_empty() {
            Taken::New
        } else {
            Taken::There
        })
    }

    async fn write_group(&self, found: &Found<'_>, fresh: bool, new: &[PersonId]) -> Result<(), Stop> {
        let tools = &self.tools;
        if fresh {
            groups::name(tools.aggregates, tools.store, self.act(), &found.code, &found.name).await?;
        }
        for person in new {
            let command = GroupCommand::Bring(*person);
            let streams = &tools.aggregates.groups;
            super::refused(streams.execute(group::id(&found.code), command, self.act()).await)?;
            tools.store.enter_group(&found.code, *person).await?;
        }
        Ok(())
    }

    /// The codes here of groups that a row of there is open to, and how many of them are not here.
    pub(super) fn open_to(&self, references: &[String]) -> (BTreeSet<String>, usize) {
        let here: Vec<&String> = references.iter().filter_map(|r| self.group_codes.get(r)).collect();
        (here.iter().copied().cloned().collect(), references.len() - here.len())
    }
}
