//! Groups, and what other lists of administrators have of their own.

super::texts! {
    GroupsLead:
        "Une réunion peut s’ouvrir à des groupes. On y met les gens à la main, ou les règles de connexion les y mettent.",
        "A meeting can be open to groups. People are put there by hand, or the rules of sign-in put them there.";
    GroupCode:
        "Code",
        "Code";
    GroupCodeHint:
        "Ce que les réunions et les règles nomment ; sans espace, virgule ni étoile. Il ne change plus.",
        "What meetings and rules name; without spaces, commas and stars. It never changes.";
    GroupMembers:
        "Membres",
        "Members";
    GroupFilledBy:
        "Rempli par",
        "Filled by";
    GroupByHouse:
        "des administrateurs",
        "administrators";
    GroupByRules:
        "les règles de connexion",
        "rules of sign-in";
    GroupByRulesOf:
        "règles de {providers}",
        "rules of {providers}";
    GroupsEmpty:
        "sans membre",
        "without members";
    NoGroup:
        "Aucun groupe.",
        "No group.";
    NoGroupDo:
        "Créez-en un ci-dessous, ou laissez les règles de connexion en faire (réglage AMPHI_SIGN_IN_RULES).",
        "Make one below, or let the rules of sign-in make them (setting AMPHI_SIGN_IN_RULES).";
    GroupAdd:
        "Créer un groupe",
        "Make a group";
    GroupAdded:
        "Le groupe est là.",
        "The group is there.";
    GroupRulesLong:
        "Les règles de connexion remplissent ce groupe à chaque connexion ; ses membres ne se changent pas à la main.",
        "The rules of sign-in fill this group at each sign-in; its members are not edited by hand.";
    GroupNobody:
        "Personne n’est dans ce groupe.",
        "Nobody is in this group.";
    GroupEnter:
        "Ajouter quelqu’un",
        "Add somebody";
    GroupEntered:
        "La personne est dans le groupe.",
        "They are in the group.";
    GroupTakeOut:
        "Retirer",
        "Take out";
    GroupLeft:
        "{name} n’est plus dans le groupe.",
        "{name} is no longer in the group.";
    GroupMeetings:
        "Réunions réservées à ce groupe",
        "Meetings restricted to this group";
    GroupNoMeeting:
        "Aucune réunion.",
        "No meeting.";
    GroupRename:
        "Renommer",
        "Rename";
    GroupDelete:
        "Supprimer le groupe",
        "Delete the group";
    GroupDeleteLong:
        "Une réunion qui n’était ouverte qu’à ce groupe ne l’est plus qu’à ses présentateurs. Ceux que des règles y mettent y reviennent à leur prochaine connexion.",
        "A meeting that was open to this group alone is open to its presenters only. Whom rules put there they put there again at the next sign-in.";
    PeopleLead:
        "Chaque compte de la maison, par identifiant.",
        "Every account of the house, by login.";
    ThereIs:
        "oui",
        "yes";
    StandsSince:
        "Depuis",
        "Since";
    GatewaysUnwell:
        "inutilisables",
        "can’t be used";
    GatewaysRunning:
        "en direct",
        "running a live";
    GatewaysFree:
        "libres",
        "free";
    BroadcastersUsed:
        "utilisés",
        "in use";
    BroadcastersUnused:
        "inutilisés",
        "not in use";
}
