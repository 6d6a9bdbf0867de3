//! Invitations by mail.

super::texts! {
    Invitations: "Invitations", "Invitations";
    InvitationsLong:
        "Chaque personne reçoit son propre message, avec la réunion pour son agenda ; elle est prévenue des changements. Personne ne voit les autres adresses.",
        "Each person gets a message of their own, with the meeting for their calendar, and is told of changes. Nobody sees the other addresses.";
    InviteAddresses: "Adresses électroniques", "Mail addresses";
    InviteAddressesHint: "Séparées par des espaces, des virgules ou des retours à la ligne.", "Separated by spaces, commas or line breaks.";
    InviteLanguage: "Langue du message", "Language of the message";
    Invite: "Inviter", "Invite";
    Invited: "Invités : {n}", "Invited: {n}";
    InviteWaiting: "message en attente", "message waiting";
    Uninvite: "Ne plus inviter", "Invite no longer";
    BadAddress: "« {address} » n’est pas une adresse électronique.", "“{address}” is not an e-mail address.";
    NoAddress: "Indiquez au moins une adresse.", "Give at least one address.";
    TooManyInvited: "Au plus 500 personnes sont invitées à une réunion.", "At most 500 people are invited to a meeting.";
    DemoMails: "Les messages de la démo", "The demo’s mails";
    DemoMailsLong: "La démo n’écrit à personne : ses messages sont ici.", "The demo writes to nobody: its mails are here.";
    DemoMailTo: "À", "To";
    DemoMailAnswers: "Répondre à", "Reply to";
    DemoMailCalendar: "La partie pour les agendas", "The part for calendars";
    DemoNoMails: "Aucun message.", "No mail.";
}
