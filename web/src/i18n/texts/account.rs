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
    SignInBy:
        "Se connecter avec {house}",
        "Sign in with {house}";
    SignInHere:
        "Avec un compte local",
        "With a local account";
    Identities:
        "Identités reconnues",
        "Known identities";
    WayStale:
        "Cette connexion n’a pas été commencée ici, ou il y a trop longtemps.",
        "This sign-in was not begun here, or too long ago.";
    WayStaleLong:
        "Recommencez ci-dessous, dans ce même navigateur.",
        "Begin again below, in this same browser.";
    WayRefused:
        "{house} ne vous a pas connecté.",
        "{house} did not sign you in.";
    WayRefusedLong:
        "Réessayez ci-dessous, ou demandez à votre établissement si votre compte y est actif.",
        "Try again below, or ask your institution whether your account is active there.";
    WayUntrusted:
        "La réponse de {house} n’est pas sûre : elle a été écartée.",
        "The answer of {house} can’t be trusted and was set aside.";
    WayUntrustedLong:
        "Recommencez ci-dessous ; si cela se répète, prévenez un administrateur, qui en trouvera la raison dans le journal du serveur.",
        "Begin again below; if it happens again tell an administrator, who finds the reason in the server’s log.";
    WayShut:
        "Votre accès est fermé.",
        "Your access is closed.";
    WayShutLong:
        "Un administrateur l’a fermé, et peut le rouvrir. Les directs publics se regardent sans compte.",
        "An administrator closed it, and can open it again. Public lives need no account.";
    WayUnavailable:
        "{house} ne répond pas en ce moment.",
        "{house} does not answer now.";
    WayUnavailableLong:
        "Réessayez dans quelques instants. Les directs publics se regardent sans compte.",
        "Try again in a moment. Public lives need no account.";
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
    MailTitle:
        "Adresse électronique",
        "Mail address";
    MailAsked:
        "Où vous écrire",
        "Where to write to you";
    MailHint:
        "Pour les messages de ce service, dans la langue que vous avez choisie au bas d’une page, et les réponses à vos invitations. L’adresse que donne l’établissement avec lequel vous vous connectez passe avant celle-ci.",
        "For messages of this service, in the language that you chose at the foot of a page, and answers to your invitations. The address that the institution you sign in with gives comes before this one.";
    MailOfPerson:
        "Où lui écrire",
        "Where to write to them";
    MailOfPersonHint:
        "Pour les messages de ce service. Vide : aucune adresse donnée ici. L’adresse que donne l’établissement avec lequel la personne se connecte passe avant celle-ci.",
        "For messages of this service. Empty: no address given here. The address that the institution they sign in with gives comes before this one.";
    MailChanged:
        "L’adresse est enregistrée.",
        "The address is saved.";
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
