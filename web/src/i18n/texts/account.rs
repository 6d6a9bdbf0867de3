//! Sign-in and account.

super::texts! {
    SignOutLong:
        "Vous serez déconnecté de ce navigateur.",
        "You will be signed out of this browser.";
    WrongLogin:
        "Identifiant ou mot de passe incorrect.",
        "Wrong login or password.";
    LoginThrottled:
        "Trop de tentatives ; réessayez dans quelques minutes.",
        "Too many tries; try again in a few minutes.";
    DemoAccounts:
        "Comptes de démonstration",
        "Demo accounts";
    DemoAccountsLong:
        "Un clic suffit pour se connecter.",
        "One click signs in.";
    AccountTitle:
        "Mon compte",
        "My account";
    TokensLong:
        "Un jeton agit en votre nom ; ne le confiez à personne.",
        "A token acts in your name; give it to nobody.";
    Revoke:
        "Révoquer",
        "Revoke";
    Sessions:
        "Connexions",
        "Sign-ins";
    SessionCurrent:
        "celle-ci",
        "this one";
    SessionEnd:
        "Terminer",
        "End";
    SessionEnded:
        "La connexion est terminée, ses pages ouvertes aussi.",
        "The sign-in is over, and so are its open pages.";
    CalendarTitle:
        "Mon agenda",
        "My calendar";
    CalendarLong:
        "Une adresse à ajouter à votre agenda : vos réunions y apparaissent, avec leurs changements.",
        "An address to add to your calendar: your meetings appear there, and so do their changes.";
    CalendarSecret:
        "Quiconque a cette adresse lit votre agenda. Renouvelez-la si elle a été partagée : l’ancienne ne répond plus.",
        "Whoever has this address reads your calendar. Renew it if it was shared: the old one answers no more.";
    CalendarMake:
        "Créer l’adresse",
        "Make the address";
    CalendarRenew:
        "Renouveler l’adresse",
        "Renew the address";
    SignOutEverywhere:
        "Se déconnecter partout",
        "Sign out everywhere";
    NoToken:
        "Aucun jeton.",
        "No token.";
    Revoked:
        "Le jeton « {name} » est révoqué.",
        "The token “{name}” is revoked.";
    SureRevoke:
        "Révoquer le jeton « {name} » ? Les programmes qui l’utilisent seront refusés aussitôt.",
        "Revoke the token “{name}”? Programs that use it are refused at once.";
    TokenIsOver:
        "échu",
        "ended";
    TokenEndsOn:
        "échéance le {time}",
        "ends on {time}";
    TokenEndsNever:
        "sans échéance",
        "no end date";
    TokenUsedOn:
        "dernier usage le {time}",
        "last used on {time}";
    TokenUsedNever:
        "jamais utilisé",
        "never used";
    TokenScopesAsked:
        "Portées",
        "Scopes";
    TokenScopesHint:
        "Ce que le jeton peut faire, dans la limite des droits du compte.",
        "What the token may do, as far as the account may.";
    ScopeEverything:
        "tout ce que peut le compte",
        "whatever the account may";
    ScopeRead:
        "lire réunions et directs",
        "read meetings and lives";
    ScopeChat:
        "écrire dans le chat",
        "write in the chat";
    ScopePlan:
        "planifier, ouvrir et rejoindre des réunions",
        "plan, open and join meetings";
    ScopeModerate:
        "modérer le chat",
        "moderate the chat";
    ScopeAudit:
        "lire le journal et les présences",
        "read the log and who was there";
    ScopeAdminister:
        "administrer comptes, passerelles et diffuseurs",
        "administer accounts, gateways and broadcasters";
    ScopeAccount:
        "gérer le compte : mot de passe, connexions, jetons",
        "manage the account: password, sign-ins, tokens";
    TokenLastsAsked:
        "Durée",
        "Lasts";
    TokenLastsMonth:
        "30 jours",
        "30 days";
    TokenLastsQuarter:
        "90 jours",
        "90 days";
    TokenLastsYear:
        "un an",
        "a year";
    SignedInAs:
        "Vous êtes connecté : {name}. Connectez-vous ici pour changer de compte.",
        "You are signed in: {name}. Sign in here to change accounts.";
    SignInFirst:
        "Connectez-vous ; vous reviendrez ensuite à la page demandée.",
        "Sign in, and you will come back to the page you asked for.";
    LoginWayOut:
        "Vérifiez les majuscules ; un administrateur peut vous donner un nouveau mot de passe.",
        "Check for capital letters; an administrator can give you a new password.";
    NoAccount:
        "Pas encore de compte, ou mot de passe oublié ? Adressez-vous à un administrateur. Les directs publics se regardent sans compte.",
        "No account yet, or password forgotten? Ask an administrator. Public lives need no account.";
    AccountChanged:
        "Votre nom et votre rôle sont tenus par les administrateurs.",
        "Your name and role are kept by the administrators.";
    Language:
        "Langue",
        "Language";
    ChangePassword:
        "Changer le mot de passe",
        "Change the password";
    PasswordChanged:
        "Le mot de passe est changé ; vos autres connexions sont fermées.",
        "The password is changed; you are signed out everywhere else.";
    OldPassword:
        "Mot de passe actuel",
        "Present password";
    SignOutEverywhereLong:
        "Se déconnecter partout ferme aussi les pages ouvertes ailleurs. Les jetons d’API restent : révoquez-les un par un.",
        "Signing out everywhere also closes pages that are open elsewhere. API tokens stay: revoke them one by one.";
    MayUser:
        "regarder et écrire dans le chat",
        "watch and write in the chat";
    MayStaff:
        "planifier et présenter des réunions et des webinaires",
        "plan and present meetings and webinars";
    MayAuditor:
        "lire le journal et ses statistiques",
        "read the log and its statistics";
    MayAdministrator:
        "tout, y compris les comptes et les passerelles",
        "everything, accounts and gateways included";
}
