//! Who is in a meeting's room.

super::texts! {
    Info: "Qui est là", "Who is there";
    InfoOf: "Qui est là : {name}", "Who is there: {name}";
    InfoPeople: "Personnes dans la salle", "People in the room";
    InfoClose: "Fermer", "Close";
    InfoToMeeting: "Vers la réunion", "To the meeting";
    InfoScheduled: "La salle n’est pas ouverte.", "The room is not open.";
    InfoOpening: "La salle s’ouvre.", "The room is opening.";
    InfoClosed: "La réunion est finie.", "The meeting is over.";
    InfoCancelled: "La réunion est annulée.", "The meeting is cancelled.";
    InfoUnknown: "La salle est ouverte ; qui est là n’est pas connu.", "The room is open; who is there is not known.";
    InfoNobody: "La salle est ouverte depuis {time}. Personne n’y est.", "The room is open since {time}. Nobody is there.";
    InfoOne: "La salle est ouverte depuis {time}. Une personne y est.", "The room is open since {time}. One person is there.";
    InfoMany: "La salle est ouverte depuis {time}. {n} personnes y sont.", "The room is open since {time}. {n} people are there.";
    InfoUnreachable: "BigBlueButton ne répond pas depuis {time}.", "BigBlueButton does not answer since {time}.";
    InfoRefused:
        "BigBlueButton refuse de répondre depuis {time} : un administrateur peut vérifier le secret.",
        "BigBlueButton refuses to answer since {time}: an administrator can check the secret.";
    InfoBefore: "Étaient là à sa dernière réponse :", "When it answered last these were there:";
    InfoSince: "depuis {time}", "since {time}";
    InfoModerator: "modérateur", "moderator";
    InfoViewer: "participant", "participant";
    InfoPresenter: "présentateur", "presenter";
    InfoMicrophone: "micro", "microphone";
    InfoListening: "écoute", "listening";
    InfoCamera: "caméra", "camera";
    InfoByHooks: "La salle annonce chaque entrée et chaque départ.", "The room tells of each coming and going.";
    InfoByPolling:
        "La salle est interrogée toutes les quelques secondes : une entrée ou un départ peut se voir avec un peu de retard.",
        "The room is asked every few seconds: a coming or going may be seen a little late.";
    InfoLost:
        "La connexion est perdue : ceci n’est plus tenu à jour. Rechargez la page si cela dure.",
        "The connection is lost: this is not kept up any more. Load the page again if it lasts.";
}
