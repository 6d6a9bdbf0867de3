//! What is said of a picture whose gateway failed, and of what was done about it.

super::texts! {
    StageMovingLong:
        "L’image passe par une autre passerelle ; elle revient d’elle-même, il n’y a rien à recharger.",
        "The picture moves to another gateway; it comes back by itself, there is nothing to reload.";
    Moving:
        "Nous avons changé de passerelle, l’image arrive par la nouvelle. Cause : {fault}.",
        "The picture moves to another gateway, it is on its way. Cause: {fault}.";
    MovedSince:
        "L’image passe par une autre passerelle depuis {time} ; le public n’a rien à faire. Cause : {fault}.",
        "The picture has come through another gateway since {time}; the audience need not do anything. Cause: {fault}.";
    GaveUpBecause:
        "Abandonné après trop d’échecs ; le dernier : {fault}. Vous pouvez relancer.",
        "Given up after too many failures; the last one: {fault}. You can start it again.";
    FaultBusy:
        "la passerelle était occupée par autre chose",
        "the gateway was busy with something else";
    FaultWrongToken:
        "la passerelle refusait son jeton",
        "the gateway refused its token";
    FaultUnreachable:
        "la passerelle était injoignable",
        "the gateway could not be reached";
    FaultFailed:
        "la passerelle n’a pas pu démarrer",
        "the gateway could not start";
    FaultBadAnswer:
        "la passerelle répondait de façon illisible",
        "the gateway’s answer could not be read";
    FaultNoAnswer:
        "la passerelle n’a pas répondu à temps",
        "the gateway did not answer in time";
    FaultInterrupted:
        "le démarrage a été interrompu",
        "the start was interrupted";
    FaultNoRobot:
        "le robot n’était pas dans la salle",
        "the robot was not in the room";
    FaultNoPicture:
        "l’image n’arrivait pas",
        "no picture arrived";
    FaultFrozen:
        "l’image était figée",
        "the picture was frozen";
    FaultGone:
        "la passerelle a cessé de diffuser",
        "the gateway stopped sending";
}
