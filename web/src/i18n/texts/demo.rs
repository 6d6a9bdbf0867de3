//! The demo.

super::texts! {
    TourTitle:
        "Essayer Amphi",
        "Try Amphi";
    TourLead:
        "Tout ce qui est dehors est simulé dans ce programme : BigBlueButton, les passerelles, l’image. Amphi, lui, est le vrai. Cinq étapes, cinq minutes.",
        "What is outside is simulated in this program: BigBlueButton, the gateways, the picture. Amphi itself is the real one. Five steps, five minutes.";
    TourSoon:
        "Les salles s’ouvrent, encore quelques secondes.",
        "The rooms are being opened, a few seconds more.";
    TourReload:
        "Recharger la page",
        "Load the page again";
    TourSteps:
        "La visite",
        "The tour";
    TourTabs:
        "Chaque étape s’ouvre dans un onglet à elle ; gardez cette page à côté.",
        "Each step opens in a tab of its own; keep this page beside it.";
    TourLook:
        "À voir :",
        "What to see:";
    TourDone:
        "fait",
        "done";
    TourWatch:
        "Suivez le direct comme une étudiante",
        "Watch the live as a student";
    TourWatchLong:
        "Vous êtes Marie. Écrivez un message dans le chat.",
        "You are Marie. Write a line in the chat.";
    TourWatchLook:
        "l’état sous votre message, d’abord enregistré sur disque, puis arrivé dans la salle BigBlueButton.",
        "the state below your line: first recorded on disk, then in the BigBlueButton room.";
    TourWatchGo:
        "Ouvrir le direct comme Marie",
        "Open the live as Marie";
    TourRoom:
        "Répondez depuis la salle",
        "Answer from the room";
    TourRoomLong:
        "{name} présente aussi. Entrez à sa place dans la salle BigBlueButton (simulée, sans son ni image) et répondez à Marie.",
        "{name} presents too. Go in his place into the BigBlueButton room (simulated, no sound or picture) and answer Marie.";
    TourRoomLook:
        "votre réponse, aussitôt, sur la page de Marie.",
        "your answer on Marie’s page, at once.";
    TourRoomGo:
        "Entrer dans la salle : {name}",
        "Go into the room: {name}";
    TourConsole:
        "Pilotez depuis la console",
        "Run it from the console";
    TourConsoleLong:
        "Grace présente. Sa console montre chaque étape du direct et son heure. Fermez le chat, puis rouvrez-le.",
        "Grace presents. Her console shows each step of the live and its time. Close the chat, then open it again.";
    TourConsoleLook:
        "le direct suit sans rechargement. Un navigateur n’est qu’une personne à la fois : la page de Marie dit qu’elle est déconnectée. Une fenêtre privée garde les deux.",
        "the live page follows without reloading. One browser is one person at a time: Marie’s page says that she is signed out. A private window keeps both.";
    TourConsoleGo:
        "Ouvrir la console comme Grace",
        "Open the console as Grace";
    TourBreak:
        "Cassez quelque chose",
        "Break something";
    TourBreakables:
        "À casser, et à réparer",
        "To break, and to mend";
    TourBreakLong:
        "Plus bas, des boutons cassent la passerelle, l’image ou BigBlueButton, ou font venir deux cents personnes.",
        "Buttons below break the gateway, the picture or BigBlueButton, or bring two hundred people.";
    TourBreakLook:
        "ce qu’en disent le direct et la console, et ce qu’Amphi répare tout seul.",
        "what the live page and the console say of it, and what Amphi mends by itself.";
    TourBreakGo:
        "Aux boutons",
        "To the buttons";
    TourAudit:
        "Relisez tout dans le journal",
        "Read it all again in the log";
    TourAuditLong:
        "Rosalind audite. Tout ce que vous venez de faire est dans le journal, enchaîné par des empreintes. « {verify} » les vérifie sur place ; dans un terminal, c’est :",
        "Rosalind audits. All that you just did is in the log, chained by hashes. “{verify}” checks them there; in a terminal it is:";
    TourAuditLook:
        "des événements sans un nom ni un texte en clair, que personne ne peut changer sans que cela se voie.",
        "events without a name or a text in clear, which nobody can change unseen.";
    TourAuditGo:
        "Ouvrir le journal comme Rosalind",
        "Open the log as Rosalind";
    TourGateway:
        "passerelle :",
        "gateway:";
    TourToLive:
        "Ouvrir le direct",
        "Open the live";
    ActOff:
        "tout va bien",
        "all is well";
    ActOn:
        "en panne",
        "broken";
    ActMend:
        "Réparer",
        "Mend";
    ActFailedHere:
        "Cela n’a pas pu être fait ; essayez encore.",
        "That could not be done; try again.";
    ActGateway:
        "La passerelle tombe",
        "The gateway goes down";
    ActGatewayLong:
        "La machine qui filme la salle s’arrête net et refuse tout appel.",
        "The machine that films the room stops dead and refuses every call.";
    ActGatewayWatch:
        "l’image s’arrête, le direct dit que c’est à la source ; réparée, un nouvel essai part seul et le lecteur reprend sans rechargement.",
        "the picture stops, and the live page says that it is at the source; once mended a new run starts by itself and the player goes on without reloading.";
    ActGatewayButton:
        "Casser la passerelle",
        "Break the gateway";
    ActStream:
        "L’image se fige",
        "The picture freezes";
    ActStreamLong:
        "La liste de lecture n’avance plus, alors que la passerelle dit que tout va bien.",
        "The playlist no longer moves, although the gateway says that all is well.";
    ActStreamWatch:
        "en une dizaine de secondes le direct dit que l’image est figée ; si cela dure, Amphi relance la passerelle.",
        "within some ten seconds the live page says that the picture stands still; if it lasts, Amphi starts the gateway anew.";
    ActStreamButton:
        "Figer l’image",
        "Freeze the stream";
    ActBbb:
        "BigBlueButton disparaît",
        "BigBlueButton goes away";
    ActBbbLong:
        "BigBlueButton refuse les connexions, comme une machine éteinte. L’image, elle, continue.",
        "BigBlueButton refuses connections, like a machine that is switched off. The picture goes on.";
    ActBbbWatch:
        "la console le dit ; les messages du direct attendent la salle, et y arrivent après la réparation, dans l’ordre et une seule fois.",
        "the console says so; lines of the live page wait for the room, and reach it once it is mended, in order and once each.";
    ActBbbButton:
        "Éteindre BigBlueButton",
        "Switch BigBlueButton off";
    ActCrowd:
        "Deux cents personnes",
        "A crowd of 200";
    ActCrowdLong:
        "Deux cents connexions réelles, dont quarante étudiants connectés qui écrivent de temps en temps. On les laisse repartir peu à peu.",
        "Two hundred real connections, forty of them students who are signed in and write now and then. Let go, they leave little by little.";
    ActCrowdWatch:
        "le nombre de spectateurs et le chat du direct ; les mêmes messages dans la salle.",
        "the number of viewers and the chat on the live page; the same lines in the room.";
    ActCrowdButton:
        "Faire venir la foule",
        "Bring the crowd";
    ActCrowdMend:
        "Laisser partir la foule",
        "Let the crowd go";
    ActCrowdOff:
        "personne",
        "nobody";
    ActCrowdOn:
        "ils sont là",
        "they are here";
}
