//! Administrators' lists.

super::texts! {
    ListFind:
        "Chercher",
        "Find";
    ListOnly:
        "Montrer",
        "Show only";
    ListAll:
        "tout",
        "all";
    ListCount:
        "{count} lignes, page {page} sur {pages}",
        "{count} rows, page {page} of {pages}";
    ListBefore:
        "Précédent",
        "Previous";
    ListAfter:
        "Suivant",
        "Next";
    ListCsv:
        "Télécharger en CSV",
        "Download as CSV";
    ListNothing:
        "Rien de tel. Cherchez un autre mot, ou montrez tout.",
        "Nothing of that kind. Look for another word, or show all.";
    ListKind:
        "Genre",
        "Kind";
    ListMeeting:
        "Réunion",
        "Meeting";
    ListRepeats:
        "Réunion périodique",
        "Repeating meeting";
    ListWebinars:
        "webinaires",
        "webinars";
    ListPersonalRooms:
        "salons personnels",
        "personal rooms";
    ListRunning:
        "En cours",
        "Running";
    ListComing:
        "à venir",
        "coming";
    ListPast:
        "Passée",
        "Past";
    ListOpened:
        "Ouverte",
        "Opened";
    ListClosed:
        "Fermée",
        "Closed";
    ListPeople:
        "Personnes",
        "People";
    ListAttendance:
        "Présences",
        "Attendance";
    ListWho:
        "Qui était là",
        "Who was there";
    ListCame:
        "Arrivée",
        "Came";
    ListLeft:
        "Départ",
        "Left";
    ListModerator:
        "modérateur",
        "moderator";
    ListViewer:
        "participant",
        "viewer";
    ListTo:
        "À",
        "To";
    ListAbout:
        "Objet",
        "About";
    ListSince:
        "Depuis",
        "Since";
    ListNeverOpened:
        "jamais ouverte",
        "never opened";
    ListElsewhere:
        "reprise d’un autre système",
        "from another system";
    ListEnding:
        "se ferme",
        "closing";
    MeetingsListTitle:
        "Réunions",
        "Meetings";
    MeetingsListLead:
        "Toutes les réunions de la maison, les dernières prévues d’abord.",
        "Every meeting of the house, the last planned first.";
    SessionsTitle:
        "Sessions",
        "Sessions";
    SessionsListLead:
        "Chaque ouverture d’une salle : quand, et combien de personnes y étaient.",
        "Each opening of a room: when, and how many people were in it.";
    SessionOf:
        "Qui était là : {name}",
        "Who was there: {name}";
    StaysListLead:
        "Un nom qui manque a été effacé, ou sa durée de conservation est passée.",
        "A name that is missing was erased, or its retention is over.";
    MailsListTitle:
        "Courriels",
        "Mails";
    MailsListLead:
        "Ce qui attend de partir, et ce qu’il est advenu du reste. Ce que le serveur ne prend pas pour l’instant (réponse 4xx) est réessayé, de plus en plus tard ; ce qui a échoué n’est pas renvoyé tout seul.",
        "What waits to leave, and what became of the rest. What the server does not take for now (a 4xx answer) is tried again, later each time; what failed is not sent again by itself.";
    ListTries:
        "Essais",
        "Tries";
    ListWhy:
        "Réponse",
        "Answer";
    ListNext:
        "Prochain essai",
        "Next try";
    MailNoGateway:
        "aucune passerelle libre",
        "no gateway is free";
    MailInvitation:
        "invitation ou changement",
        "invitation or change";
    MailOff:
        "annulation",
        "cancellation";
    MailHandedOver:
        "réunion cédée",
        "meeting handed over";
    MailPreflight:
        "un webinaire à vérifier",
        "a webinar needs a look";
    MailLivePlanned:
        "Direct prévu",
        "Live planned";
    MailLiveFailed:
        "un direct n’a pas pu démarrer",
        "a live could not start";
    MailWaiting:
        "en attente",
        "waiting";
    MailUnderWay:
        "envoi en cours",
        "under way";
    MailSent:
        "parti",
        "sent";
    MailFailed:
        "échoué",
        "failed";
    MailUnknown:
        "peut-être parti",
        "may have left";
    MailToInvitee:
        "une personne invitée",
        "somebody invited";
}
