//! The live page and the chat.

super::texts! {
    Player:
        "Lecteur vidéo",
        "Video player";
    Play:
        "Lire",
        "Play";
    Unmute:
        "Activer le son",
        "Unmute";
    ToLive:
        "Revenir au direct",
        "Go to live";
    NoPlayer:
        "Ce navigateur ne sait pas lire le direct.",
        "This browser cannot play the live.";
    PlayerRetry:
        "La lecture est interrompue, nouvelle tentative…",
        "Playback was interrupted, trying again…";
    OwnNetwork:
        "Votre connexion est interrompue ; l’image reviendra d’elle-même.",
        "Your connection is interrupted; the picture comes back by itself.";
    PictureOnTheWay:
        "Le direct continue, mais le serveur de l’image ne répond pas d’ici : il est injoignable, ou votre réseau le bloque.",
        "The live goes on, but the picture’s server does not answer from here: it cannot be reached, or your network blocks it.";
    PictureRefused:
        "Le direct continue, mais le serveur de l’image est surchargé ou en panne ; votre réseau n’y est pour rien.",
        "The live goes on, but the picture’s server is overloaded or failing; it is not your network.";
    PictureMoved:
        "L’image vient maintenant d’ailleurs ; la page se recharge…",
        "The picture comes from another place now; the page is loading itself again…";
    NeedsScript:
        "Le lecteur et le chat ont besoin de JavaScript.",
        "The player and the chat need JavaScript.";
    WithPresenters:
        "Avec {names}",
        "With {names}";
    OwnTime:
        "{time}, à votre heure ({zone})",
        "{time}, your time ({zone})";
    PlannedTime:
        "prévu à {time}, {zone}",
        "planned for {time}, {zone}";
    OnAirFor:
        "à l’antenne depuis {time}",
        "on air for {time}";
    StartingFor:
        "depuis {time}",
        "for {time}";
    WaitingFor:
        "Le début était prévu il y a {time}",
        "The start was planned {time} ago";
    BehindBy:
        "{n} s de décalage",
        "{n} s behind";
    PictureKeys:
        "Touches : K lecture ou pause, M son, F plein écran, L retour au direct",
        "Keys: K play or pause, M sound, F full screen, L back to live";
    StartsIn:
        "Dans {time}",
        "In {time}";
    ChatLines:
        "Messages du chat",
        "Chat messages";
    ChatClosed:
        "Le chat est fermé.",
        "The chat is closed.";
    ChatOver:
        "Le direct est terminé ; le chat reste lisible.",
        "The live is over; the chat can still be read.";
    ChatReadOnly:
        "Vous pouvez lire le chat.",
        "You can read the chat.";
    PauseChat:
        "Pause",
        "Pause";
    PauseChatLong:
        "Mettre le chat en pause",
        "Pause the chat";
    PausedOne:
        "En pause, {n} message attend",
        "Paused, {n} message waits";
    PausedMany:
        "En pause, {n} messages attendent",
        "Paused, {n} messages wait";
    NewSince:
        "Nouveau depuis {time}",
        "New since {time}";
    EarlierLines:
        "Messages précédents",
        "Earlier messages";
    FirstLine:
        "Ici commence le chat.",
        "Here the chat begins.";
    NoLineYet:
        "Personne n’a encore écrit.",
        "Nobody has written yet.";
    ChatSettings:
        "Réglages du chat",
        "Chat settings";
    Announcements:
        "Un lecteur d’écran annonce",
        "A screen reader announces";
    AnnounceAll:
        "les messages, résumés quand ils sont nombreux",
        "messages, summed up when there are many";
    AnnouncePresenters:
        "les messages des intervenants seulement",
        "presenters’ messages only";
    AnnounceNone:
        "rien",
        "nothing";
    SumMany:
        "{n} nouveaux messages",
        "{n} new messages";
    SumPresenters:
        "{n} nouveaux messages, dont {p} des intervenants",
        "{n} new messages, {p} from presenters";
    SumOnlyPresenters:
        "{p} nouveaux messages des intervenants",
        "{p} new messages from presenters";
    LinesHelp:
        "Les flèches parcourent les messages, Tab atteint les actions de chacun, Échap ramène à l’écriture.",
        "The arrow keys move through the messages, Tab reaches what can be done with one, Escape goes back to writing.";
    YourLine:
        "Votre message",
        "Your message";
    WrittenAs:
        "Vous écrivez en tant que {name}",
        "You write as {name}";
    Send:
        "Envoyer",
        "Send";
    SignInToChat:
        "Connectez-vous pour écrire.",
        "Sign in to write.";
    Connecting:
        "Connexion…",
        "Connecting…";
    ConnectionLost:
        "Connexion perdue ; ce que vous écrivez est gardé et partira ensuite.",
        "Connection lost; what you write is kept and sent later.";
    NextTry:
        "Prochain essai dans {s} s.",
        "Next try in {s} s.";
    TryingNow:
        "Essai en cours…",
        "Trying…";
    RetryNow:
        "Réessayer maintenant",
        "Retry now";
    BackOnline:
        "De nouveau en ligne.",
        "Back online.";
    CaughtUpOne:
        "De nouveau en ligne, {n} message rattrapé.",
        "Back online, {n} message caught up.";
    CaughtUpMany:
        "De nouveau en ligne, {n} messages rattrapés.",
        "Back online, {n} messages caught up.";
    ServerBusy:
        "Il y a beaucoup de monde ; cette page se connectera dans un instant.",
        "Many people are here; this page will connect in a moment.";
    ServerRestarts:
        "Le service redémarre ; cette page se reconnectera.",
        "The service is restarting; this page will reconnect.";
    SignedOut:
        "Vous avez été déconnecté.",
        "You were signed out.";
    SignInKept:
        "Reconnectez-vous : ce que vous avez écrit est conservé.",
        "Sign in again: what you wrote is kept.";
    ClosedForGood:
        "L’accès à cette page est fermé.",
        "Access to this page is closed.";
    LiveSignInNow:
        "Ce direct est désormais réservé aux personnes connectées.",
        "This live is for signed-in people now.";
    LivePasswordNow:
        "Ce direct demande désormais un mot de passe.",
        "This live asks for a password now.";
    LivePasswordSay:
        "Saisir le mot de passe",
        "Enter the password";
    OneNewLine:
        "{n} nouveau message ↓",
        "{n} new message ↓";
    ManyNewLines:
        "{n} nouveaux messages ↓",
        "{n} new messages ↓";
    TooLong:
        "Message trop long.",
        "Message too long.";
    TooFast:
        "Trop de messages à la fois ; patientez un instant.",
        "Too many messages at once; wait a moment.";
    TooFastWait:
        "Trop de messages à la fois ; le vôtre part dans {s} s.",
        "Too many messages at once; yours is sent in {s} s.";
    Muted:
        "Vous ne pouvez plus écrire ici.",
        "You cannot write here any more.";
    Forbidden:
        "Vous ne pouvez pas écrire ici.",
        "You cannot write here.";
    Unavailable:
        "Le message n’a pas pu être enregistré.",
        "The message could not be recorded.";
    Refused:
        "Message refusé.",
        "Message refused.";
    UnitsLeft:
        "{n} caractères de trop",
        "{n} characters too many";
    CharsLeft:
        "Encore {n} caractères",
        "{n} characters left";
    SlowMode:
        "Un message toutes les {s} s.",
        "One message every {s} s.";
    StatusPending:
        "envoi…",
        "sending…";
    StatusWaiting:
        "attend la connexion",
        "waits for the connection";
    StatusPosted:
        "enregistré",
        "recorded";
    StatusHeld:
        "en attente de la salle",
        "waiting for the room";
    StatusRelayed:
        "dans la salle",
        "in the room";
    StatusUnknown:
        "peut-être dans la salle",
        "perhaps in the room";
    StatusLate:
        "trop tard pour la salle",
        "too late for the room";
    StatusFailed:
        "pas arrivé dans la salle",
        "did not reach the room";
    StatusRefused:
        "refusé",
        "refused";
    Retry:
        "Réessayer",
        "Retry";
    SendAgain:
        "Renvoyer",
        "Send again";
    Discard:
        "Supprimer",
        "Delete";
    RemoveLine:
        "Retirer",
        "Remove";
    RemoveSure:
        "Retirer pour tout le monde ?",
        "Remove for everyone?";
    Exclude:
        "Exclure",
        "Exclude";
    ExcludeSure:
        "Exclure {name} du chat ?",
        "Exclude {name} from the chat?";
    ExcludeSureLong:
        "Cette personne ne pourra plus lire ce chat ni y écrire, dans ce direct seulement ; elle garde l’image. Elle lira votre nom et le motif.",
        "They can no longer read this chat or write in it, in this live only; they keep the picture. They will read your name and the reason.";
    ExcludeReason:
        "Motif (facultatif)",
        "Reason (optional)";
    ExcludeLines:
        "Retirer aussi tous ses messages",
        "Remove all their messages as well";
    ExcludeDone:
        "{name} est exclu du chat.",
        "{name} is excluded from the chat.";
    ExcludeFailed:
        "Cela n’a pas pu être fait. Réessayez.",
        "This could not be done. Try again.";
    Excluded:
        "Vous avez été exclu du chat de ce direct.",
        "You were excluded from the chat of this live.";
    ExcludedBy:
        "Vous avez été exclu du chat de ce direct par {name}.",
        "You were excluded from the chat of this live by {name}.";
    ExcludedReason:
        "Motif :",
        "Reason:";
    ExcludedLong:
        "Vous pouvez continuer à regarder.",
        "You can go on watching.";
    ExcludedPeople:
        "Personnes exclues",
        "Excluded people";
    ExcludedNobody:
        "Personne n’est exclu de ce chat.",
        "Nobody is excluded from this chat.";
    ExcludedByWhom:
        "par {by}, {time}",
        "by {by}, {time}";
    ExcludedSince:
        "depuis {time}",
        "since {time}";
    ExcludedErased:
        "(personne effacée)",
        "(erased person)";
    LetIn:
        "Laisser revenir",
        "Let in again";
    LetInDone:
        "{name} peut revenir dans le chat.",
        "{name} can come back to the chat.";
    LineRemoved:
        "Message retiré",
        "Message removed";
    LineErased:
        "(effacé)",
        "(erased)";
    KindPresenter:
        "intervenant",
        "presenter";
    KindAudience:
        "public",
        "audience";
    KindRoom:
        "salle",
        "room";
    KindSystem:
        "service",
        "service";
}
