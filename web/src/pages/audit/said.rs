//! What the catalogue says of each type of event, in French: beside the English of `docs/events.md`, which stands with the events.

use amphi_events::catalogue::EventSpec;

use crate::i18n::Lang;

/// What happened, as an auditor reads it, and in which language.
pub fn said(spec: &EventSpec, lang: Lang) -> (&'static str, Lang) {
    match (lang, in_french(spec.kind)) {
        (Lang::Fr, Some(french)) => (french, Lang::Fr),
        _ => (spec.doc, Lang::En),
    }
}

fn in_french(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "BroadcasterAdded" => "Un administrateur l’a ajouté ; les lecteurs des spectateurs demandent `hls_url`.",
        "BroadcasterChanged" => "Son nom et son adresse sont désormais ceux-ci.",
        "BroadcasterProtectionSet" => {
            "La façon dont son serveur de médias écarte les inconnus est désormais celle-ci ; le secret correspondant est dans le magasin."
        }
        "BuildingAdded" => "Un administrateur l’a ajouté ; `map_url` montre où il est.",
        "BuildingChanged" => "Son nom et son plan sont désormais ceux-ci.",
        "BuildingRemoved" => "Il n’est plus proposé.",
        "ForeignSessionTaken" => {
            "Le direct de cette session commence, à une place parmi tant : il est celui de cette réunion, et prévu jusqu’à `until`."
        }
        "ForeignSessionLeft" => "Cette réunion ne diffuse plus de session : sa place est libre.",
        "BroadcasterDescribed" => {
            "Où il est, à quoi il sert et à qui, et ce qui est montré sans image : désormais ceci."
        }
        "PageChanged" => "Elle dit et montre désormais ceci.",
        "PageDoorSet" => {
            "Qui peut la voir, outre ses propriétaires : un brouillon, personne sans son lien ; sinon les membres d’un des `groups`, ou tout le monde s’il n’y en a pas."
        }
        "PagePasswordSet" => "Un mot de passe est demandé (il est dans le magasin), ou ne l’est plus.",
        "PageLinkMade" => "Le lien du brouillon a été fait, ou refait : le précédent ne mène plus nulle part.",
        "PagePictureSet" => "L’image montrée avant et après le direct est celle-ci, ou aucune.",
        "AnnouncementPinned" => {
            "Une annonce a été affichée ; `house` : par un administrateur, sur tous les directs à la fois."
        }
        "AnnouncementTakenDown" => "Une annonce a été retirée.",
        "FeedPlaced" => "Son image sera prise à ce diffuseur.",
        "FeedAwaited" => {
            "Son heure est venue : on regarde désormais la liste de lecture du diffuseur. `number` augmente à chaque fois."
        }
        "FeedMoves" => "L’image bouge : les spectateurs la voient.",
        "FeedStands" => "L’image ne bouge plus.",
        "FeedOver" => "On ne la regarde plus.",
        "BroadcasterRemoved" => "Il ne sert plus.",
        "BroadcasterReserved" => "Il est réservé pour un direct pendant [from, to).",
        "BroadcasterReservationMoved" => "La réservation d’un direct couvre désormais [from, to).",
        "BroadcasterReservationReleased" => "Il n’est plus réservé pour le direct de cette réservation.",
        "ChatOpened" => "On peut écrire.",
        "ChatClosed" => "On ne peut plus écrire ; ce qui est là reste.",
        "ChatMessagePosted" => {
            "Un message. `who` est le pseudonyme de l’auteur dans ce direct ; `units` compte le texte en unités UTF-16, `bytes` en octets UTF-8."
        }
        "ChatMessageRemoved" => "Un message a été retiré par son auteur ou par un présentateur.",
        "ChatPersonBanned" => {
            "Une personne a été exclue du chat : elle ne peut plus ni le lire ni y écrire. `who` est son pseudonyme dans ce direct ; `by` dit qui l’a exclue ; `message` est le message qui le lui vaut, s’il y en a un."
        }
        "ChatPersonUnbanned" => "Une personne exclue du chat peut y revenir.",
        "GatewayAdded" => "Un administrateur l’a ajoutée.",
        "GatewayChanged" => "Ce que l’administrateur en dit est désormais ceci.",
        "GatewaySecretsSet" => {
            "Ses secrets ont été fixés (dans le magasin) ; `default_token` dit que le jeton est celui d’usine, 1234."
        }
        "GatewayProbed" => "On a appris ce qu’elle parle et si elle accepte le jeton, ou on ne peut pas l’apprendre.",
        "GatewayHealthChanged" => {
            "On la voit autrement qu’avant : non pas chaque sonde, chaque changement. Son heure dit depuis quand."
        }
        "GatewayOutOfService" => {
            "Elle est hors service pendant [from, to), ou jusqu’à nouvel ordre ; les directs qui la tenaient alors en reçoivent une autre."
        }
        "GatewayBackInService" => "Cette période hors service est finie, ou n’aura pas lieu.",
        "GatewayRemoved" => "Elle ne sert plus.",
        "GatewayReserved" => "Elle est réservée pour un direct pendant [from, to).",
        "GatewayReservationMoved" => "La réservation d’un direct couvre désormais [from, to).",
        "GatewayReservationReleased" => "Elle n’est plus réservée pour le direct de cette réservation.",
        "GatewayPublishRefused" => {
            "Quelqu’un qui a sa clé de flux voulait pousser une image que personne n’attend ; le serveur de médias a été prié de refuser. Dit une fois par minute au plus."
        }
        "GatewayTaken" => "Un lancement a pris la machine.",
        "GatewayLetGo" => "Le lancement a rendu la machine.",
        "LivePlanned" => "Il est prévu.",
        "LiveChanged" => "Ce qui en est prévu est désormais ceci.",
        "LiveCancelled" => "Il n’aura pas lieu.",
        "LiveGatewayReserved" => "Une passerelle est réservée pour lui.",
        "LiveGatewayLacking" => "Aucune n’est libre à son heure ; voici les prochains créneaux libres.",
        "LiveGatewayReleased" => "La passerelle n’est plus réservée pour lui.",
        "LiveRequested" => "L’image doit tourner, jusqu’à cette heure.",
        "LiveRestartRequested" => "Le lancement doit être remplacé par un nouveau.",
        "LiveStopRequested" => "L’image ne doit plus tourner.",
        "GatewayStartAsked" => "Intention : on va demander à une passerelle de démarrer.",
        "GatewayStarted" => "Issue : elle a dit qu’elle a démarré.",
        "GatewayStartFailed" => {
            "Issue : elle n’a pas démarré, ou personne ne le sait. `certain` dit qu’elle ne tourne sûrement pas."
        }
        "RobotJoined" => "Le robot de ce lancement est dans la salle.",
        "LivePublishSeen" => {
            "Le serveur de médias dit que quelqu’un lui pousse le flux de ce lancement ; `client` est le nom qu’il donne à la connexion. Un indice : seule la liste de lecture prouve une image."
        }
        "LivePublishEnded" => {
            "Le serveur de médias dit que cette connexion est finie. Un indice : seule la liste de lecture prouve que l’image est partie."
        }
        "LiveWentOnAir" => "L’image bouge : les spectateurs la voient.",
        "LiveStalled" => "L’image ne bouge plus.",
        "GatewayStopAsked" => "On demande à la passerelle de s’arrêter, et on le répète jusqu’à ce que ce soit fait.",
        "LiveRunFenced" => {
            "Le lancement est laissé de côté : sa passerelle ne répond pas à l’arrêt. Son robot ne peut plus entrer, on répète l’arrêt jusqu’à ce qu’il soit fait, et rien n’y démarre avant."
        }
        "LiveTakenOver" => {
            "Une autre passerelle reprend l’image, parce que la précédente a failli ainsi ; le démarrage suit."
        }
        "LiveHealingPutOff" => {
            "Aucune passerelle ne peut la reprendre pour l’instant ; nouvel essai après une attente."
        }
        "GatewayDeclaredOver" => {
            "Une personne dit que ce lancement est sûrement fini, parce que sa passerelle ne peut plus être interrogée ; `GatewayStopped` suit."
        }
        "GatewayStopped" => "Ce lancement est sûrement fini.",
        "LivePictureWanted" => {
            "D’où l’image doit venir, et si le chat de la salle doit s’y trouver : ce qui est voulu, non ce qui est."
        }
        "RunChatPaneSeen" => {
            "L’image de ce lancement montre le chat de la salle, ou non ; `None` : personne ne le sait (on est en train de le basculer, ou la réponse s’est perdue)."
        }
        "LivePreflightDone" => {
            "Ce qu’un regard sur tout ce qu’il lui faut a trouvé, un moment avant ce début ; sans défaut : tout va bien."
        }
        "GatewayChatRouteSet" => {
            "Où son robot entend les messages du chat, pour celles qui les entendent par Redis ; `None` : nulle part."
        }
        "RehearsalRequested" => "Quelqu’un l’a demandée ; elle finit avant cette heure.",
        "RehearsalHolds" => "Intention : on va prendre cette passerelle, son diffuseur et ce lancement.",
        "RehearsalRoomOpened" => "BBB a sa salle ; en millisecondes, son identité chez BBB.",
        "RehearsalStepDone" => "Une étape est finie, bien s’il n’y a pas de défaut.",
        "RehearsalCancelled" => "Quelqu’un veut qu’elle finisse.",
        "RehearsalEnded" => "Elle est finie, et il n’en reste rien.",
        "LiveStopped" => "Rien ne tourne et rien ne doit tourner.",
        "MailRequested" => "Il doit partir : à quelqu’un qui a un compte ou, depuis le schéma 2, à qui `about` nomme.",
        "MeetingRecordingSeen" => "BigBlueButton le liste, ou en dit autre chose qu’avant.",
        "MeetingRecordingGone" => "La liste complète de BigBlueButton ne l’a plus.",
        "MeetingRecordingReady" => {
            "Il peut être regardé : BigBlueButton a rappelé, ou l’a listé comme publié. Propriétaire et copropriétaires sont prévenus, une fois."
        }
        "MeetingRecordingTold" => "Un courriel à chacune de ces personnes a été demandé.",
        "MeetingRecordingNamed" => "Quelqu’un lui a donné un nom, en clair.",
        "MeetingRecordingRenamed" => "BigBlueButton l’appelle ainsi aussi.",
        "MeetingRecordingOrdered" => {
            "Quelqu’un veut qu’il soit supprimé, publié ou masqué : on le demande à BigBlueButton jusqu’à sa réponse."
        }
        "MeetingRecordingDeleted" => "BigBlueButton l’a supprimé, ou ne l’avait plus.",
        "MeetingRecordingPublished" => "BigBlueButton le laisse voir, ou le masque.",
        "MeetingRecordingRefused" => {
            "BigBlueButton a refusé ce qui était voulu : il reste comme il était. `why` est la clé de BigBlueButton."
        }
        "MailSendAsked" => "Un essai commence.",
        "MailPutOff" => "Il n’est sûrement pas parti, mais pour l’instant seulement : nouvel essai à `next`.",
        "MailSent" => "Il est parti.",
        "MailFailed" => "Il n’est sûrement pas parti.",
        "MailUnknown" => "Il est peut-être parti ; le programme ne le renvoie pas.",
        "MailAskedAnew" => "Il n’est pas parti, ou nul ne le sait, et une personne le redemande.",
        "MeetingScheduled" => {
            "Quelqu’un l’a planifiée. Un webinaire reçoit ici l’identifiant de son direct, pour toujours. Le schéma 1 avait cinq des options de la salle ; les autres ont leur valeur par défaut. Avec `elsewhere`, elle diffuse une session ouverte par une autre application, une seule fois."
        }
        "MeetingChanged" => {
            "Ce qui en est prévu est désormais ceci (en entier, pour que l’événement dise ce qui vaut)."
        }
        "PersonalRoomMade" => {
            "Quelqu’un a regardé la liste des réunions pour la première fois : son propre salon, toujours là, planifié pour aucune heure."
        }
        "MeetingHandedOver" => {
            "Une autre personne en est responsable ; celle qui l’était reste copropriétaire si `stays`."
        }
        "MeetingPasswordSet" => {
            "Un mot de passe a été fixé (dans le magasin) ou retiré : on le demande à qui ne présente pas."
        }
        "MeetingKeySet" => "Une clé directe a été créée (dans le magasin) à la place de la précédente, ou retirée.",
        "MeetingSlidesAdded" => {
            "Un fichier de diapositives a été ajouté : la salle l’a dès son ouverture, ou à partir de maintenant."
        }
        "MeetingSlidesRemoved" => "Un fichier de diapositives a été retiré.",
        "SessionSlidesGiven" => "La salle a reçu ces diapositives.",
        "LiveHandedOver" => "Il appartient désormais à une autre personne.",
        "MeetingCancelled" => "Elle n’aura pas lieu ; sa page le dit.",
        "MeetingOccurrenceMoved" => "Une date de sa série a lieu à une autre heure.",
        "MeetingOccurrenceCancelled" => "Une date de sa série n’aura pas lieu.",
        "MeetingOccurrenceRestored" => "Une date de sa série est de nouveau comme le dit la série.",
        "MeetingInvited" => {
            "Quelqu’un est invité par une adresse électronique, qui a sa propre clé. Son message contient ce que la personne qui invite a coché (depuis le schéma 2) : le mot de passe, le lien direct."
        }
        "MeetingUninvited" => "Quelqu’un n’est plus invité.",
        "MeetingStartRequested" => {
            "Un présentateur veut la salle ouverte : une session commence. Sans valeur après `until`."
        }
        "MeetingEndRequested" => "Un présentateur veut que la salle et le direct se terminent.",
        "MeetingSessionEnded" => "Sa session est finie ; une autre peut commencer.",
        "PersonAdded" => "Un compte a été créé.",
        "PersonRoleChanged" => "Ce que la personne peut faire a changé.",
        "PersonIdentityTied" => {
            "Le compte a été rattaché à une identité d’un autre établissement : elle ouvre désormais une connexion au nom de cette personne."
        }
        "PersonIdentityChanged" => "Ce que l’autre établissement dit de la personne est désormais ceci.",
        "PersonRenamed" => "La personne porte désormais un autre nom.",
        "PersonAddressSet" => {
            "On écrit désormais à la personne à cette adresse électronique, ou à aucune qui ait été donnée ici."
        }
        "PersonPasswordSet" => {
            "Un mot de passe a été fixé : le précédent est fini, avec toutes les connexions, et l’accès qui était fermé est rouvert."
        }
        "PersonTokenMade" => {
            "Un jeton d’API avec les droits de la personne a été créé : il sert à ces usages, jusqu’à sa fin."
        }
        "PersonTokenRevoked" => "Un jeton d’API de la personne a été supprimé.",
        "PersonSignedOut" => {
            "Une connexion de la personne a été terminée depuis la liste de ses connexions, ou toutes à la fois."
        }
        "PersonCalendarRenewed" => {
            "L’adresse de l’agenda de la personne a été créée, ou remplacée : la précédente ne mène plus nulle part."
        }
        "PersonAccessClosed" => {
            "Tous ses accès sont fermés : mot de passe, connexions, jetons d’API, identités d’autres établissements."
        }
        "ReactorTriedAgain" => {
            "Quelqu’un qui avait réparé ce qui le bloquait lui a fait réessayer aussitôt ce qui attendait."
        }
        "PersonErased" => "La clé de la personne a été détruite : ce qui était scellé avec elle ne peut plus être lu.",
        "RelayWayFound" => {
            "Les messages de ce direct vont désormais ainsi dans la salle, dans ces limites ; `hooks` dit que ceux de la salle reviennent."
        }
        "ChatRelayAsked" => "Intention : le message va être remis à la salle.",
        "ChatMessageRelayed" => "Issue : il est dans la salle.",
        "ChatRelayUnknown" => "Issue : il est peut-être dans la salle ; son auteur peut le renvoyer.",
        "ChatRelayMissed" => "Au premier essai il n’a sûrement pas atteint la salle : il sera remis encore une fois.",
        "ChatRelayLate" => "Il avait plus de deux minutes et n’a pas été envoyé.",
        "ChatRelayFailed" => "Issue : il n’est sûrement pas dans la salle.",
        "SessionRequested" => {
            "Un présentateur a demandé la salle ; on la veut ouverte jusqu’à cette heure, si elle ne s’est pas ouverte avant. Avec `room`, c’est une session ouverte par une autre application : on la regarde, on ne l’ouvre ni ne la ferme."
        }
        "SessionOpened" => {
            "BBB a la salle : voici son identité là-bas. `adopted` dit qu’il l’avait déjà avant notre demande (une création répétée)."
        }
        "SessionTroubled" => {
            "BBB ne peut pas être interrogé, ou il refuse ; dit une seule fois tant que rien ne change."
        }
        "SessionRecovered" => "BBB répond de nouveau.",
        "SessionHooked" => "Si ce qui est écrit dans la salle nous parvient.",
        "ParticipantJoined" => "Quelqu’un est entré dans la salle. `who` est son pseudonyme dans cette session.",
        "ParticipantChanged" => {
            "La façon dont quelqu’un participe dans la salle est désormais celle-ci (en entier, pour que l’événement dise ce qui vaut)."
        }
        "ParticipantLeft" => "Quelqu’un a quitté la salle.",
        "GroupMade" => "Il a été créé, ou créé de nouveau après sa suppression : alors sans personne dedans.",
        "GroupRenamed" => "Son nom affiché a changé.",
        "GroupMemberAdded" => "Quelqu’un y a été mis.",
        "GroupMemberRemoved" => "Quelqu’un en a été retiré.",
        "GroupDeleted" => "Il a été supprimé, avec l’appartenance de tous ses membres.",
        "SessionEndRequested" => "Sa fin a été demandée : on le dit à BBB jusqu’à ce que la salle ait disparu.",
        "SessionClosed" => "La salle a disparu.",
        "SessionImported" => {
            "Elle a eu lieu dans un autre système, qui a noté son début. Elle était finie quand on l’a reprise ici."
        }
        "SessionAttendanceForgotten" => "Son délai est passé : la clé des noms de qui y était est détruite.",
        "ParticipantImported" => "Quelqu’un est entré dans cette salle ; son départ, personne ne l’a noté là-bas.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_said_in_both_languages() {
        for spec in amphi_events::catalogue::catalogue()
            .into_iter()
            .flat_map(|(_, specs)| specs)
        {
            let (french, lang) = said(spec, Lang::Fr);
            assert_eq!(lang, Lang::Fr, "{} has no French", spec.kind);
            assert_ne!(french, spec.doc);
            assert_eq!(said(spec, Lang::En), (spec.doc, Lang::En));
            // Names of fields are the same in every language.
            let fields = |text: &str| {
                let mut named: Vec<String> = text.split('`').skip(1).step_by(2).map(str::to_owned).collect();
                named.sort();
                named
            };
            assert_eq!(fields(french), fields(spec.doc), "{}", spec.kind);
        }
    }
}
