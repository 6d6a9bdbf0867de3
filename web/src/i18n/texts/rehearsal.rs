//! Rehearsals, and the look before a webinar's start.

super::texts! {
    RehearsalTitle:
        "Répétition",
        "Rehearsal";
    RehearsalLong:
        "Toute la chaîne, dans une salle à part : passerelle, salle, robot, image, chat. Rien n’est public et rien n’est compté ; au bout de cinq minutes au plus, elle est finie et tout est rendu, une passerelle qu’on ne peut pas arrêter un peu plus tard.",
        "The whole chain, in a room of its own: gateway, room, robot, picture, chat. Nothing is public and nothing is counted; after five minutes at most it is over and all of it is given back, a gateway that can’t be stopped a little later.";
    RehearsalStart:
        "Lancer une répétition",
        "Start a rehearsal";
    RehearsalStarted:
        "La répétition commence.",
        "The rehearsal begins.";
    RehearsalStop:
        "Arrêter la répétition",
        "Stop the rehearsal";
    RehearsalNone:
        "Aucune répétition pour ce webinaire jusqu’ici.",
        "No rehearsal of this webinar so far.";
    RehearsalRunning:
        "La répétition est en cours depuis {time}.",
        "The rehearsal has been under way since {time}.";
    RehearsalPassed:
        "Tout a fonctionné à la dernière répétition, le {time}.",
        "Everything worked at the last rehearsal, {time}.";
    RehearsalFailed:
        "La dernière répétition, le {time}, s’est arrêtée en chemin.",
        "The last rehearsal, {time}, stopped on its way.";
    RehearsalCancelled:
        "La dernière répétition, le {time}, a été arrêtée.",
        "The last rehearsal, {time}, was stopped.";
    RehearsalInterrupted:
        "La dernière répétition, le {time}, a été interrompue par un redémarrage.",
        "The last rehearsal, {time}, was interrupted by a restart.";
    RehearsalBusy:
        "Le direct est lancé : une répétition se fait avant.",
        "The live is running: a rehearsal is for before.";
    RehearsalOn:
        "Passerelle : {name}",
        "Gateway: {name}";
    RehearsalOfWebinar:
        "répétition d’un webinaire",
        "rehearsal of a webinar";
    StepGateway:
        "Une passerelle est libre",
        "A gateway is free";
    StepRoom:
        "BigBlueButton ouvre une salle",
        "BigBlueButton opens a room";
    StepStart:
        "La passerelle démarre",
        "The gateway starts";
    StepRobotIn:
        "Son robot entre dans la salle",
        "Its robot comes into the room";
    StepPicture:
        "L’image arrive",
        "The picture arrives";
    StepChat:
        "Une ligne de chat passe",
        "A line of chat gets through";
    StepStop:
        "Tout est rendu",
        "All of it is given back";
    StepSkipped:
        "non essayé",
        "not tried";
    StepFailed:
        "échec",
        "failed";
    StepTook:
        "{s} s",
        "{s} s";
    AmissNoGateway:
        "Aucune passerelle n’est libre en ce moment. Réessayez plus tard.",
        "No gateway is free just now. Try again later.";
    AmissBbb:
        "BigBlueButton n’a pas répondu, ou pas comme il faut. Prévenez un administrateur.",
        "BigBlueButton did not answer, or not well. Tell an administrator.";
    AmissGatewayRefused:
        "La passerelle est occupée ou refuse. Prévenez un administrateur.",
        "The gateway is busy or refuses. Tell an administrator.";
    AmissGatewayUnreachable:
        "La passerelle est injoignable. Prévenez un administrateur.",
        "The gateway could not be reached. Tell an administrator.";
    AmissGatewayFailed:
        "La passerelle a échoué. Prévenez un administrateur.",
        "The gateway failed. Tell an administrator.";
    AmissNoRobot:
        "Le robot n’est pas venu : il ne joint peut-être pas Amphi. Un administrateur peut le vérifier sur la page de la passerelle.",
        "The robot did not come: perhaps it can’t reach Amphi. An administrator can check that on the gateway’s page.";
    AmissNoPicture:
        "Le robot est là, mais aucune image n’arrive au diffuseur. Prévenez un administrateur.",
        "The robot is there, but no picture reaches the broadcaster. Tell an administrator.";
    AmissBroadcaster:
        "Le diffuseur est injoignable. Prévenez un administrateur.",
        "The broadcaster could not be reached. Tell an administrator.";
    AmissChatNoWay:
        "Les lignes du public n’ont aucun chemin vers la salle avec cette passerelle : il faut BigBlueButton 3.",
        "The audience’s lines have no way into the room with this gateway: BigBlueButton 3 is needed.";
    AmissChatRefused:
        "La ligne de chat a été refusée, ou s’est perdue.",
        "The line of chat was refused, or was lost.";
    AmissTooLong:
        "La répétition a duré trop longtemps.",
        "The rehearsal took too long.";
    PreflightTitle:
        "Vérification avant le début",
        "Look before the start";
    PreflightBad:
        "Avant ce webinaire, tout a été vérifié, et ceci ne va pas :",
        "Before this webinar everything was looked at, and this is not well:";
    PreflightWell:
        "Tout a été vérifié avant le début, et tout va bien.",
        "Everything was looked at before the start, and all is well.";
    PreflightToCome:
        "Tout sera vérifié un quart d’heure avant le début, ou à l’heure que votre service a choisie.",
        "Everything is looked at a quarter of an hour before the start, or at the time that your service chose.";
    PreflightConcern:
        "« {title} », à {time} : quelque chose ne va pas",
        "“{title}”, at {time}: something is not well";
    CheckGateway:
        "La passerelle",
        "The gateway";
    CheckPlaylist:
        "L’adresse de l’image",
        "The address of the picture";
    CheckBbb:
        "BigBlueButton",
        "BigBlueButton";
    CheckChat:
        "Le chat",
        "The chat";
    AmissLacking:
        "aucune n’est réservée. Choisissez une autre heure, ou prévenez un administrateur.",
        "none is held. Choose another time, or tell an administrator.";
    AmissUnreachable:
        "aucune réponse. Prévenez un administrateur.",
        "no answer. Tell an administrator.";
    AmissRefusing:
        "répond, mais refuse ou répond n’importe quoi. Prévenez un administrateur.",
        "it answers, but refuses or answers nonsense. Tell an administrator.";
    AmissWrongToken:
        "le jeton ou le secret est refusé. Prévenez un administrateur.",
        "the token or the secret is refused. Tell an administrator.";
    AmissBusy:
        "elle sert une autre salle, inconnue d’Amphi. Prévenez un administrateur.",
        "it serves another room, unknown to Amphi. Tell an administrator.";
    AmissNoWay:
        "les lignes du public n’ont aucun chemin vers la salle.",
        "the audience’s lines have no way into the room.";
    WorkRehearsal:
        "Essaie toute la chaîne d’un webinaire, et rend tout.",
        "Tries the whole chain of a webinar out, and gives all of it back.";
    WorkPreflight:
        "Vérifie tout avant le début des webinaires.",
        "Looks at everything before webinars start.";
    WorkFeeds:
        "Regarde l’image des directs sans salle : à l’antenne, arrêtée, terminée.",
        "Looks at the picture of lives without a room: on air, standing, over.";
}
