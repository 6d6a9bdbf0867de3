//! Frame, home, words that several areas share.

super::texts! {
    SkipToMain:
        "Aller au contenu",
        "Skip to the content";
    Navigation:
        "Navigation",
        "Navigation";
    NavLive:
        "Directs",
        "Lives";
    NavMeetings:
        "Mes réunions",
        "My meetings";
    NavAdmin:
        "Administration",
        "Administration";
    NavAudit:
        "Journal",
        "Log";
    ApiDocs:
        "API",
        "API";
    SignIn:
        "Se connecter",
        "Sign in";
    SignOut:
        "Se déconnecter",
        "Sign out";
    ToHome:
        "Retour à l’accueil",
        "Back to the home page";
    NotFound:
        "Cette page n’existe pas, ou n’existe plus. Vérifiez l’adresse, ou repartez de l’accueil.",
        "There is no such page, or it is gone. Check the address, or start again from the home page.";
    NotFoundTitle:
        "Introuvable",
        "Not found";
    ForbiddenTitle:
        "Accès refusé",
        "Access refused";
    ForbiddenLong:
        "Votre compte ne donne pas accès à cette page. Demandez-le à la personne qui organise ou à l’administration du site, ou connectez-vous avec un autre compte.",
        "Your account does not give access to this page. Ask the organiser or the site’s administrators for it, or sign in with another account.";
    RefusedTitle:
        "La demande n’a pas été acceptée",
        "The request was not accepted";
    RefusedLong:
        "Ce que le navigateur a envoyé n’a pas été compris, et rien n’a changé. Revenez à la page précédente, rechargez-la et recommencez.",
        "What the browser sent was not understood, and nothing has changed. Go back to the page before, load it again and retry.";
    StrangeLong:
        "La demande ne vient pas d’une page de ce site : rien n’a changé. Ouvrez le site à son adresse, {address}, et recommencez.",
        "The request did not come from a page of this site: nothing has changed. Open the site at its address, {address}, and try again.";
    ErrorTitle:
        "Indisponible pour le moment",
        "Not available just now";
    ErrorLong:
        "Le service ne peut pas répondre pour l’instant. Rien n’est perdu : réessayez dans un instant.",
        "The service cannot answer just now. Nothing is lost: try again in a moment.";
    HomeTitle:
        "Les directs de l’université",
        "The university’s lives";
    HomeLead:
        "Regardez, posez vos questions dans le chat, sans rien installer.",
        "Watch, ask your questions in the chat, with nothing to install.";
    LivesTitle:
        "Directs",
        "Lives";
    LivesNow:
        "En ce moment",
        "Now";
    LivesNext:
        "À venir",
        "Coming up";
    NoLiveNow:
        "Aucun direct en ce moment.",
        "No live just now.";
    NoLiveNext:
        "Aucun direct n’est annoncé.",
        "No live is announced.";
    Restricted:
        "Sur connexion",
        "Sign-in needed";
    StageScheduled:
        "À venir",
        "Scheduled";
    StageLate:
        "En attente",
        "Waiting";
    StageStarting:
        "Démarrage",
        "Starting";
    StageOnAir:
        "EN DIRECT",
        "LIVE";
    StageStalled:
        "Image figée",
        "Frozen";
    StageStopping:
        "Fin en cours",
        "Ending";
    StageEnded:
        "Terminé",
        "Ended";
    StageCancelled:
        "Annulé",
        "Cancelled";
    StageScheduledLong:
        "Le direct n’a pas commencé. Cette page démarrera d’elle-même.",
        "This live has not begun. The page will start by itself.";
    StageLateLong:
        "L’intervenant n’a pas encore commencé. Cette page démarrera d’elle-même.",
        "The presenter has not started yet. This page will start by itself.";
    StageStartingLong:
        "L’image arrive…",
        "The picture is on its way…";
    StageOnAirLong:
        "Le direct est en cours.",
        "The live is on.";
    StageStalledLong:
        "L’image est figée à la source ; nous la rétablissons.",
        "The picture is frozen at its source; we are reconnecting.";
    StageStoppingLong:
        "Le direct se termine.",
        "The live is ending.";
    StageEndedLong:
        "Le direct est terminé. Merci de votre présence !",
        "The live is over. Thank you for coming!";
    StageCancelledLong:
        "Ce rendez-vous est annulé.",
        "This has been cancelled.";
    ToConsole:
        "Console de l’intervenant",
        "Presenter’s console";
    OneViewer:
        "{n} spectateur",
        "{n} viewer";
    ManyViewers:
        "{n} spectateurs",
        "{n} viewers";
    Chat:
        "Chat",
        "Chat";
    CopyLink:
        "Copier",
        "Copy";
    Copied:
        "Copié",
        "Copied";
    OpenRoom:
        "Ouvrir la salle",
        "Open the room";
    Edit:
        "Modifier",
        "Edit";
    Saved:
        "Enregistré.",
        "Saved.";
    Name:
        "Nom",
        "Name";
    Save:
        "Enregistrer",
        "Save";
    BadStart:
        "Indiquez une date et une heure qui existent.",
        "Give a date and a time that exist.";
    BadPresenter:
        "Personne n’a l’identifiant {login}.",
        "Nobody has the login {login}.";
    TryAgain:
        "Réessayer",
        "Try again";
    Login:
        "Identifiant",
        "Login";
    Password:
        "Mot de passe",
        "Password";
    Role:
        "Rôle",
        "Role";
    Tokens:
        "Jetons d’API",
        "API tokens";
    TokenOnce:
        "Copiez ce jeton, il ne sera plus montré :",
        "Copy this token, it will not be shown again:";
    Label:
        "Libellé",
        "Label";
    NewToken:
        "Nouveau jeton",
        "New token";
    LabelHint:
        "Par exemple le programme qui s’en servira.",
        "Such as the program that will use it.";
    NewPassword:
        "Nouveau mot de passe",
        "New password";
    PasswordHint:
        "Au moins 8 caractères.",
        "At least 8 characters.";
    RoleUser:
        "participant",
        "participant";
    RoleStaff:
        "personnel",
        "staff";
    RoleAuditor:
        "auditeur",
        "auditor";
    RoleAdministrator:
        "administrateur",
        "administrator";
    FormFailed:
        "Cela n’a pas pu être fait. Réessayez ; si l’échec dure, regardez la vue d’ensemble de l’administration.",
        "This could not be done. Try again; if it keeps failing, look at the administration’s overview.";
    FormOffline:
        "Le service ne répond pas. Vérifiez votre connexion, puis réessayez : rien n’est perdu de ce que vous avez écrit.",
        "The service doesn’t answer. Check your connection, then try again: nothing that you typed is lost.";
    FormsNeedScript:
        "Les formulaires de cette page ont besoin de JavaScript. Sans lui, la ligne de commande et l’API font de même.",
        "The forms of this page need JavaScript. Without it the command line and the API do the same.";
    AreYouSure:
        "Confirmer",
        "Please confirm";
    LeaveIt:
        "Ne rien changer",
        "Leave it";
    DoIt:
        "Confirmer",
        "Do it";
    Copy:
        "Copier",
        "Copy";
    SinceWhen:
        "depuis le {time}",
        "since {time}";
    LogHead:
        "Dernier événement : {position}.",
        "Last event: {position}.";
    Position:
        "Position",
        "Position";
    Show:
        "Afficher",
        "Show";
    VerifyLog:
        "Vérifier le journal",
        "Verify the log";
}
