//! Recordings of a meeting.

super::texts! {
    Recordings: "Enregistrements", "Recordings";
    RecordingsOf: "Enregistrements : {name}", "Recordings: {name}";
    RecordingsAt: "Liste de BigBlueButton, {time}.", "As BigBlueButton listed them, {time}.";
    RecordingsStale:
        "BigBlueButton est interrogé ; ceci est sa liste du {time}.",
        "BigBlueButton is being asked; this is what it listed on {time}.";
    RecordingsOne: "Un enregistrement.", "One recording.";
    RecordingsMany: "{n} enregistrements.", "{n} recordings.";
    RecordingsSilent: "BigBlueButton ne répond pas depuis {time}.", "BigBlueButton has not answered since {time}.";
    RecordingsRefused:
        "BigBlueButton refuse de répondre depuis {time} : un administrateur peut vérifier le secret.",
        "BigBlueButton has refused to answer since {time}: an administrator can check the secret.";
    RecordingsBefore:
        "Ceci est sa liste du {time} : des enregistrements plus récents peuvent manquer.",
        "This is what it listed on {time}: newer recordings may be missing.";
    RecordingsUnknown:
        "On ne sait pas encore si cette réunion a des enregistrements.",
        "Whether this meeting has recordings is not known yet.";
    RecordingsAsking: "BigBlueButton est interrogé…", "BigBlueButton is being asked…";
    RecordingsNone: "Aucun enregistrement.", "No recordings.";
    RecordingsNoneLong:
        "Un enregistrement apparaît ici de quelques minutes à quelques heures après la fin, si la réunion s’enregistre et que quelqu’un a lancé l’enregistrement dans la salle.",
        "A recording appears here some minutes to some hours after the end, if the meeting is recorded and somebody started the recording in the room.";
    RecordingsMail:
        "Un courriel prévient le propriétaire et les copropriétaires dès qu’un enregistrement peut être regardé.",
        "A mail tells the owner and co-owners as soon as a recording can be looked at.";
    RecordingsOlder: "Plus anciens", "Older ones";
    RecordingsNewest: "Les plus récents", "The newest";
    RecordingsLook: "Regarder à nouveau", "Look again";
    RecordingProcessing: "en préparation", "being made";
    RecordingProcessingLong:
        "BigBlueButton le prépare : il peut être regardé une fois publié.",
        "BigBlueButton is making it: it can be looked at once it is published.";
    RecordingPublished: "publié", "published";
    RecordingHidden: "masqué", "hidden";
    RecordingHiddenLong: "Personne ne peut le regarder tant qu’il est masqué.", "Nobody can look at it while it is hidden.";
    RecordingOther: "état inconnu", "state unknown";
    RecordingOnePerson: "une personne", "one person";
    RecordingPeople: "{n} personnes", "{n} people";
    RecordingNoFormat:
        "BigBlueButton n’en a publié aucun format : il n’y a encore rien à regarder.",
        "BigBlueButton has published no format of it: there is nothing to look at yet.";
    RecordingNoVideo:
        "Il n’en existe pas de vidéo : BigBlueButton n’en a pas fait.",
        "There is no video of it: BigBlueButton made none.";
    FormatPresentation: "Présentation", "Presentation";
    FormatVideo: "Vidéo", "Video";
    FormatPodcast: "Son", "Sound";
    FormatNotes: "Notes", "Notes";
    FormatScreenshare: "Partage d’écran", "Shared screen";
    FormatStatistics: "Statistiques", "Statistics";
    NewTab: "(nouvel onglet)", "(new tab)";
    RecordingPublish: "Publier", "Publish";
    RecordingHide: "Masquer", "Hide";
    RecordingName: "Renommer", "Rename";
    RecordingNewName: "Nom de l’enregistrement", "Name of the recording";
    RecordingNameHint:
        "De 2 à 250 caractères, conservés en clair : n’y mettez le nom de personne.",
        "2 to 250 characters, kept in clear: put nobody’s name there.";
    RecordingDelete: "Supprimer", "Delete";
    RecordingDeleteLong:
        "Il est supprimé de BigBlueButton avec tous ses formats, pour toujours.",
        "It is deleted from BigBlueButton with all its formats, for ever.";
    RecordingDeleteAgree: "Oui, le supprimer définitivement", "Yes, delete it for good";
    RecordingNotAgreed:
        "Rien n’a été supprimé : cochez la case pour confirmer.",
        "Nothing was deleted: tick the box to confirm.";
    RecordingNoted: "C’est noté : BigBlueButton en est chargé.", "Noted: BigBlueButton is told to do it.";
    RecordingDeleting: "suppression en cours", "being deleted";
    RecordingPublishing: "publication en cours", "being published";
    RecordingHiding: "masquage en cours", "being hidden";
    RecordingRenaming: "nom à transmettre", "name to be passed on";
    RecordingWasRefused:
        "BigBlueButton a refusé « {what} » : il reste comme il était.",
        "BigBlueButton refused “{what}”: it stays as it was.";
    MailRecordingReady: "enregistrement disponible", "recording available";
    WorkRecordings:
        "Demande à BigBlueButton ses enregistrements et ce qu’on veut en faire.",
        "Asks BigBlueButton for recordings, and for what is wanted of them.";
}
