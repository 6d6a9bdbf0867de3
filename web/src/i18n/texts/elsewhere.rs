//! Sessions that other front ends opened on the same BBB.

super::texts! {
    ElsewhereOffer: "Votre session « {name} » est en cours.", "Your session “{name}” is running.";
    ElsewhereBroadcast: "La diffuser", "Broadcast it";
    ElsewhereRuns: "Elle est diffusée par {name}.", "{name} broadcasts it.";
    ElsewhereConsole: "Vers sa console", "To its console";
    ElsewhereTitle: "Diffuser « {name} »", "Broadcast “{name}”";
    ElsewhereLead:
        "Cette session a été ouverte par une autre application (Moodle, Greenlight…). Diffusez-la : un public aussi grand que l’on veut la regarde sur une page, pendant que vos participants restent où ils sont.",
        "Another application (Moodle, Greenlight…) opened this session. Broadcast it: as many people as you like watch it on a page, while your participants stay where they are.";
    ElsewhereFor: "Au nom de", "In the name of";
    ElsewhereMe: "Moi", "Me";
    ElsewhereRestricted: "Accès restreint : seules les personnes connectées regardent", "Restricted access: only signed-in people watch";
    ElsewhereShowChat: "Montrer le chat public de la salle dans l’image", "Show the room’s public chat in the picture";
    ElsewhereRecord: "Garder un enregistrement de l’image", "Keep a recording of the picture";
    ElsewhereNoRecord:
        "Impossible ici : aucune passerelle n’enregistre.",
        "Not possible here: no gateway records.";
    ElsewhereRecorded:
        "BigBlueButton peut enregistrer cette session : l’enregistrement se trouvera dans l’application qui l’a ouverte.",
        "BigBlueButton may record this session: the recording will be found in the application that opened it.";
    ElsewhereChat:
        "Chat : les personnes connectées écrivent dans le chat public de la salle",
        "Chat: signed-in people write into the room’s public chat";
    ElsewhereBefore: "Avant de diffuser", "Before you broadcast";
    ElsewhereNoBreakouts:
        "N’ouvrez pas de salles de sous-groupes : le public n’en verrait que l’annonce.",
        "Open no breakout rooms: the audience would see no more than their announcement.";
    ElsewhereBreakouts:
        "Des salles de sous-groupes sont ouvertes en ce moment. Fermez-les avant de diffuser.",
        "Breakout rooms are open just now. Close them before you broadcast.";
    ElsewhereEndIt:
        "À la fin, terminez la réunion dans BigBlueButton : la quitter ne suffit pas, le direct continuerait.",
        "When you are done, end the meeting in BigBlueButton: leaving is not enough, the live would go on.";
    ElsewhereStops: "Le direct s’arrête de lui-même avec la session.", "The live stops by itself with the session.";
    ElsewhereStart: "Lancer le direct", "Start the live";
    ElsewhereTaken: "{name} diffuse déjà cette session.", "{name} broadcasts this session already.";
    ElsewhereFull:
        "Le nombre maximal de sessions diffusées en même temps ({n}) est atteint. Attendez la fin de l’une d’elles.",
        "As many sessions are broadcast as there may be at once ({n}). Wait until one of them is over.";
    ElsewhereNext: "La première est prévue jusqu’à {time}.", "The first of them is planned until {time}.";
    ElsewhereRoom:
        "Cette salle a été ouverte par une autre application : d’ici, on peut seulement la diffuser.",
        "This room was opened by another application: it can only be broadcast from here.";
    ElsewhereOver:
        "La diffusion de cette session est finie. Si la session continue, elle vous est proposée à nouveau.",
        "The broadcast of this session is over. If the session goes on, it is offered to you again.";
    ElsewhereStop: "Cesser de diffuser", "Stop broadcasting";
    ElsewhereStopWhat:
        "Le direct s’arrête, sa passerelle est libérée ; la session continue sans public.",
        "The live stops and its gateway is free; the session goes on without an audience.";
    ElsewhereTab: "Sessions d’ailleurs", "Sessions from elsewhere";
    ElsewhereAdminLead:
        "Sessions que d’autres applications ont ouvertes sur le même BigBlueButton. Chacune est proposée à ses modérateurs ; celles que deux personnes pourraient revendiquer ne le sont qu’ici.",
        "Sessions that other applications opened on the same BigBlueButton. Each is offered to its moderators; those that two people could claim are offered here alone.";
    ElsewhereOff:
        "Ces sessions ne sont pas recherchées : le réglage {setting} est à « false ».",
        "These sessions are not looked for: the setting {setting} is “false”.";
    ElsewhereNone: "Aucune session en ce moment.", "There is no session just now.";
    ElsewhereNotYet: "BigBlueButton n’a pas encore été interrogé.", "BigBlueButton was not asked yet.";
    ElsewhereAsOf: "Selon BigBlueButton à {time}.", "As BigBlueButton said at {time}.";
    ElsewhereUnknown:
        "BigBlueButton ne répond pas depuis {time} : ce qui suit est ce qu’il disait avant, rien n’est arrêté pour autant.",
        "BigBlueButton does not answer since {time}: what follows is what it said before, and nothing is stopped for that.";
    ElsewhereUsed: "{n} diffusées sur {most} au plus.", "{n} of at most {most} are broadcast.";
    ElsewhereModerators: "Modérateurs", "Moderators";
    ElsewhereOffered: "Proposée à", "Offered to";
    ElsewhereNobody: "personne : aucun modérateur n’a été reconnu", "nobody: no moderator was recognised";
    ElsewhereById: "par l’identifiant", "by id";
    ElsewhereByName: "par le nom", "by name";
    ElsewhereHomonyms:
        "Homonymes : {names}. Elle n’est proposée à aucun d’eux ; choisissez à qui elle est.",
        "Homonyms: {names}. It is offered to none of them; choose whose it is.";
    ElsewhereNamesakes:
        "Plusieurs modérateurs y portent le même nom.",
        "Several moderators in it have the same name.";
    ElsewherePeople: "{n} dans la salle", "{n} in the room";
    WorkElsewhere:
        "Cherche les sessions que d’autres applications ont ouvertes sur le même BigBlueButton, et dit à qui elles sont.",
        "Looks for sessions that other applications opened on the same BigBlueButton, and says whose they are.";
    MailElsewhere: "Session d’ailleurs diffusée", "A session from elsewhere is broadcast";
}
