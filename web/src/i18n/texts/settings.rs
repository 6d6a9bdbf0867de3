//! The settings in force.

super::texts! {
    Settings:
        "Réglages",
        "Settings";
    SettingsLead:
        "Ce qui est en vigueur depuis le démarrage, et d’où cela vient. D’un secret on voit seulement s’il est renseigné. Rien ne se change ici.",
        "What has been in force since the start, and where it comes from. Of a secret only whether it is set is shown. Nothing is changed here.";
    SettingsSetHere:
        "ce qui diffère du défaut",
        "what differs from its default";
    SettingsCount:
        "{count} réglages sur {all}",
        "{count} of {all} settings";
    Setting:
        "Réglage",
        "Setting";
    SettingSection:
        "Domaine",
        "Section";
    SettingValue:
        "En vigueur",
        "In force";
    SettingDefault:
        "Défaut",
        "Default";
    SettingDefaultIs:
        "Par défaut :",
        "Default:";
    SettingFrom:
        "Origine",
        "From";
    SettingEmpty:
        "(vide)",
        "(empty)";
    SettingSet:
        "renseigné",
        "set";
    SettingNotSet:
        "non renseigné",
        "not set";
    SettingByDefault:
        "défaut",
        "default";
    SettingByFile:
        "fichier {file}",
        "file {file}";
    SettingByEnvironment:
        "environnement",
        "environment";
    SettingByFlag:
        "ligne de commande",
        "command line";
    SettingByDemo:
        "la démonstration",
        "the demo";
    SettingsHouse:
        "Serveur et adresses",
        "Server and addresses";
    SettingsMeetings:
        "Réunions et leur formulaire",
        "Meetings and their form";
    SettingsAppearance:
        "Apparence et contact",
        "Appearance and contact";
    SettingsLog:
        "Journal, stockage et messages du programme",
        "Log, store, and what the program writes";
    SettingsPeople:
        "Personnes et droits",
        "People and rights";
    SettingsSignIn:
        "Connexion par un autre service",
        "Sign-in by other houses";
    SettingsLive:
        "Pages de direct et connexions",
        "Live pages and connections";
    SettingsRooms:
        "Salles, passerelles, image et chat",
        "Rooms, gateways, picture and chat";
    SettingsMail:
        "Courriel",
        "Mail";
    SettingsSlides:
        "Diapositives",
        "Slides";
    SettingsImport:
        "Reprise d’un autre service",
        "Moving in";
    SettingsDeadlines:
        "Délais des appels",
        "Deadlines of calls";
}
