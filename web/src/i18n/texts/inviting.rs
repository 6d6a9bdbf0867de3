//! Invitations by mail.

super::texts! {
    Invitations: "Invitations", "Invitations";
    InvitationsLong:
        "Chaque personne reçoit son propre message, avec la réunion pour son agenda ; elle est prévenue des changements. Personne ne voit les autres adresses.",
        "Each person gets a message of their own, with the meeting for their calendar, and is told of changes. Nobody sees the other addresses.";
    InviteAddresses: "Adresses électroniques", "Mail addresses";
    InviteAddressesHint: "Séparées par des espaces, des virgules ou des retours à la ligne.", "Separated by spaces, commas or line breaks.";
    InviteLanguage: "Langue du message", "Language of the message";
    InviteWithPassword: "Mettre le mot de passe dans le message", "Put the password into the mail";
    InviteWithPasswordHint:
        "Un message est transmis, imprimé, gardé des années : qui le lit connaît le mot de passe. Sans cette case, il n’y est jamais ; donnez-le de vive voix.",
        "A mail is passed on, printed, kept for years: whoever reads it knows the password. Unless this is ticked it is never there; tell it in person.";
    InviteWithKey: "Mettre le lien direct dans le message", "Put the direct link into the mail";
    InviteWithKeyHint:
        "Le lien fait entrer qui le suit, sans mot de passe. Si le message va trop loin, renouvelez le lien : l’ancien ne mènera plus nulle part.",
        "The link lets in whoever follows it, without a password. If the mail goes too far, renew the link: the old one then leads nowhere.";
    Invite: "Inviter", "Invite";
    Invited: "Invités : {n}", "Invited: {n}";
    InviteWaiting: "message en attente", "message waiting";
    InviteWaitingWhy: "message en attente ({why})", "message waiting ({why})";
    InviteFailed: "message non parti ({why})", "message not sent ({why})";
    InviteUnknown: "message peut-être parti, on ne le sait pas", "message may have been sent, nobody knows";
    InviteAnew: "Écrire à nouveau", "Write again";
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
