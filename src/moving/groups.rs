//! Groups of people, and who is in them: what a meeting was open to there, it is open to here.

use std::collections::{HashMap, HashSet};

use amphi_events::ids::PersonId;
use amphi_web::api::groups::fits;

use super::dump::Row;
use super::{Kind, Mover, Stop, Taken, Why, leave};

/// Most characters of a name; the field there has 100 as well.
const NAME_MOST: usize = 100;

impl Mover<'_> {
    pub(super) async fn groups(&mut self) -> anyhow::Result<()> {
        let here: HashSet<String> = self
            .tools
            .store
            .list_groups()
            .await?
            .into_iter()
            .filter(|g| g.made)
            .map(|g| g.code)
            .collect();
        let members = self.members();
        let rows = self.rows(Kind::Groups, "authentication.accessgroup");
        let of = rows.len();
        for (n, (key, row)) in rows.into_iter().enumerate() {
            self.tell(Kind::Groups, n, of);
            let done = self.group(&key, row, &here, &members).await;
            self.counted(Kind::Groups, &key, done)?;
        }
        // Django's own groups carry rights of its administration, and nobody's meeting.
        for (key, row) in self.rows(Kind::Groups, "auth.group") {
            let name = row.text("name").to_owned();
            self.report.leave(Kind::Groups, &key, Why::GroupOfRights, name);
        }
        Ok(())
    }

    /// Who is in which group, by what the group is referred to with.
    fn members(&self) -> HashMap<String, Vec<PersonId>> {
        let mut members: HashMap<String, Vec<PersonId>> = HashMap::new();
        for owner in self.dump.of("authentication.owner") {
            let Some(person) = owner.refers("user").and_then(|u| self.person(&u)) else {
                continue;
            };
            for group in owner.refers_many("accessgroups") {
                members.entry(group).or_default().push(person);
            }
        }
        members
    }

    async fn group(
        &mut self,
        key: &str,
        row: &Row,
        here: &HashSet<String>,
        members: &HashMap<String, Vec<PersonId>>,
    ) -> Result<Taken, Stop> {
        let code = row.text("code_name").trim().to_owned();
        if !fits(&code) {
            return leave(Why::Refused, "code_name");
        }
        // Dumps refer by the key, or by the code where it is the natural key.
        self.groups.insert(key.to_owned(), code.clone());
        self.groups.insert(code.clone(), code.clone());
        if here.contains(&code) {
            return Ok(Taken::There);
        }
        if self.wish.apply {
            let (store, now) = (self.tools.store, self.tools.sources.now());
            // Gathered before anything is awaited: the future of an import goes to another thread.
            let mut named: Vec<PersonId> = members.get(key).cloned().unwrap_or_default();
            named.extend(members.get(&code).into_iter().flatten().filter(|_| code != key));
            for person in named {
                store.enter_group(&code, person).await?;
            }
            // Last: of a group that is there another run takes nothing, so that whom somebody took out since does not come back.
            let name: String = row.text("display_name").trim().chars().take(NAME_MOST).collect();
            let name = if name.is_empty() { code.as_str() } else { name.as_str() };
            store.put_group(&code, name, now).await?;
        }
        Ok(Taken::New)
    }

    /// The codes of the groups that a meeting is restricted to there; `None`: one of them did not come.
    pub(super) fn restricted_to(&self, row: &Row) -> Option<Vec<String>> {
        let references = row.refers_many("restrict_access_to_groups");
        references.iter().map(|r| self.groups.get(r).cloned()).collect()
    }
}
