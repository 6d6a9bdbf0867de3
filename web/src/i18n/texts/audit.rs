//! The log.

super::texts! {
    When:
        "Quand",
        "When";
    Stream:
        "Flux",
        "Stream";
    EventType:
        "Type",
        "Type";
    Actor:
        "Acteur",
        "Actor";
    Fields:
        "Champs",
        "Fields";
    Older:
        "Plus anciens",
        "Older";
    AuditLead:
        "Tout ce qui s’est passé, du plus récent au plus ancien. Noms, adresses et messages y sont scellés.",
        "Everything that happened, newest first. Names, addresses and messages are sealed in it.";
    ExportNdjson:
        "Exporter (NDJSON)",
        "Export (NDJSON)";
    ByPerson:
        "Par la personne (identifiant)",
        "By person (login)";
    UntilTime:
        "Jusqu’au ({zone})",
        "Until ({zone})";
    NoEvent:
        "Aucun événement ne correspond. Élargissez les filtres.",
        "No event matches. Widen the filters.";
    SearchUnfinished:
        "La recherche s’est arrêtée avant le début du journal ; « Plus anciens » la poursuit.",
        "The search stopped before the log’s beginning; “Older” goes on.";
    Newest:
        "Plus récents",
        "Newest";
    UnderPseudonym:
        "sous pseudonyme",
        "under a pseudonym";
    SealedMark:
        "(scellé)",
        "(sealed)";
    SealedGone:
        "(illisible : clé détruite ou absente)",
        "(unreadable: the key is destroyed or missing)";
    SealedFields:
        "Champs scellés : {n}",
        "Sealed fields: {n}";
    OpenSealed:
        "Ouvrir les champs scellés",
        "Open the sealed fields";
    OpenSealedLong:
        "Réservé aux administrateurs, pour une demande précise. Le journal du programme le note.",
        "For administrators, when somebody asks for it. The program’s own log notes it.";
    Envelope:
        "Enveloppe",
        "Envelope";
    InStream:
        "Dans son flux",
        "In its stream";
    EventBefore:
        "avant",
        "before";
    EventAfter:
        "après",
        "after";
    Cause:
        "Cause",
        "Cause";
    LedTo:
        "A entraîné",
        "Led to";
    OnceKey:
        "Clé d’unicité",
        "Once-only key";
    Hash:
        "Empreinte",
        "Hash";
    VerifyLead:
        "Chaque événement porte l’empreinte de celui qui le précède dans son flux : rien ne peut être changé ni retiré sans que cela se voie.",
        "Each event carries the hash of the one before it in its stream: nothing can be changed or taken out unseen.";
    VerifyWell:
        "Toutes les chaînes sont intactes.",
        "Every chain is whole.";
    VerifyBad:
        "Le journal est abîmé. Arrêtez Amphi, gardez une copie du dossier de données, et restaurez la dernière sauvegarde saine.",
        "The log is damaged. Stop Amphi, keep a copy of the data folder, and restore the last good backup.";
    VerifyTooLong:
        "La vérification est trop longue pour une page, ou une autre est en cours. Sur le serveur, lancez",
        "The check takes too long for a page, or another one is under way. On the server, run";
    VerifyAgain:
        "Vérifier à nouveau",
        "Verify again";
    EventsChecked:
        "Événements vérifiés",
        "Events checked";
    StreamsChecked:
        "Flux vérifiés",
        "Streams checked";
    LastHash:
        "Dernière empreinte",
        "Last hash";
    LogId:
        "Journal",
        "Log";
    Epoch:
        "Époque",
        "Epoch";
}
