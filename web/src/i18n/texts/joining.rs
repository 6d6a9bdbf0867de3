//! On the way into a room.

super::texts! {
    OpenRoomLong:
        "Vous présentez cette réunion : la salle s’ouvre et vous y entrez.",
        "You present this meeting: the room opens and you enter it.";
    YourName:
        "Votre nom",
        "Your name";
    EnterRoom:
        "Entrer dans la salle",
        "Enter the room";
    WaitOpening:
        "La salle s’ouvre…",
        "The room is opening…";
    WaitPresenter:
        "La salle n’est pas encore ouverte.",
        "The room is not open yet.";
    WaitLong:
        "Cette page vous y mènera dès qu’elle sera ouverte.",
        "This page will take you in as soon as it is open.";
    WaitEarly:
        "La salle ouvrira plus tard : début prévu à {time}.",
        "The room opens later: it begins at {time}.";
    WaitEarlyLong:
        "Cette page vous fera entrer d’elle-même à l’ouverture de la salle. Vous pouvez la laisser ouverte.",
        "This page takes you in by itself when the room opens. You can leave it open.";
    WaitEnding:
        "La salle est en train de se fermer.",
        "The room is closing just now.";
    WaitAs:
        "Vous entrerez sous le nom de {name}.",
        "You will enter as {name}.";
    OverTitle:
        "Cette réunion est terminée.",
        "This meeting is over.";
    OverLong:
        "Elle était prévue jusqu’à {time}. Si un intervenant rouvre la salle, cette page vous y mènera.",
        "It was planned until {time}. Should a presenter open the room again, this page takes you in.";
    WrongKeyTitle:
        "Ce lien d’invitation n’est pas valable.",
        "This invitation link is not valid.";
    WrongKeyLong:
        "Il a peut-être été mal copié ou remplacé. Demandez-en un nouveau à la personne qui vous a invité.",
        "It may have been miscopied or replaced. Ask the person who invited you for a new one.";
    MeetingPassword:
        "Mot de passe de la réunion",
        "The meeting’s password";
    MeetingPasswordLong:
        "Il figure peut-être dans votre invitation ; sinon, demandez-le à la personne qui vous a invité.",
        "It may be in your invitation; if not, ask the person who invited you.";
    WrongMeetingPassword:
        "Ce n’est pas le mot de passe de cette réunion. Vérifiez les majuscules, puis réessayez.",
        "This is not the password of this meeting. Check the capitals, then try again.";
    TooManyAtDoor:
        "Trop d’essais depuis votre réseau pour cette réunion : patientez {time}, ou demandez un lien direct à la personne qui vous a invité.",
        "Too many tries from your network for this meeting: wait {time}, or ask the person who invited you for a direct link.";
    OutsideTitle:
        "Cette réunion est réservée à certains groupes.",
        "This meeting is for certain groups.";
    OutsideLong:
        "Votre compte n’en fait pas partie. Demandez à la personne qui vous a invité de vous y ajouter ou d’ouvrir la réunion.",
        "Your account is in none of them. Ask the person who invited you to add you, or to open the meeting.";
    WithoutKey:
        "Continuer sans invitation",
        "Go on without the invitation";
    CancelledAsk:
        "Pour en savoir plus, adressez-vous à la personne qui vous a invité.",
        "To know more, ask the person who invited you.";
    GuestNameLong:
        "C’est le nom que les autres verront.",
        "This is the name that the others will see.";
    HaveAccount:
        "Vous avez un compte ?",
        "You have an account?";
    AgainLong:
        "Réessayez ; si cela se répète, attendez une minute : la salle est peut-être en train de rouvrir.",
        "Try again; should it happen once more, wait a minute: the room may be reopening.";
    BbbTrouble:
        "BigBlueButton ne répond pas pour l’instant ; nous réessayons.",
        "BigBlueButton does not answer just now; we keep trying.";
    BbbRefused:
        "BigBlueButton n’a pas accepté l’entrée. La salle vient peut-être de se fermer.",
        "BigBlueButton did not accept the entry. The room may just have closed.";
    LookAgain:
        "Vérifier maintenant",
        "Look now";
}
