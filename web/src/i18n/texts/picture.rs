//! The page of a live's picture: where it comes from, and the room's chat in it.

super::texts! {
    PictureTitle:
        "Image de « {title} »",
        "Picture of “{title}”";
    ToPicture:
        "Image : source, chat visible, répétition",
        "Picture: source, visible chat, rehearsal";
    BackToConsole:
        "Régie",
        "Console";
    ChatPaneTitle:
        "Le chat de la salle dans l’image",
        "The room’s chat in the picture";
    ChatPaneWanted:
        "Demandé : visible dans l’image.",
        "Wanted: visible in the picture.";
    ChatPaneNotWanted:
        "Demandé : hors de l’image.",
        "Wanted: out of the picture.";
    ChatPaneShow:
        "Montrer le chat dans l’image",
        "Show the chat in the picture";
    ChatPaneHide:
        "Retirer le chat de l’image",
        "Take the chat out of the picture";
    ChatPaneAsWanted:
        "L’image est comme demandé, d’après ce que la passerelle a répondu.",
        "The picture is as wanted, as far as the gateway has answered.";
    ChatPaneChanging:
        "Ce sera fait dès que le robot est dans la salle.",
        "It is done as soon as the robot is in the room.";
    ChatPaneNextStart:
        "Cette passerelle ne le prend en compte qu’au démarrage : relancez l’image pour l’appliquer.",
        "This gateway takes it at the start only: restart the picture to apply it.";
    ChatPaneUnknown:
        "On ne sait pas si le chat est visible : la passerelle n’a pas répondu et ne peut pas le dire. Relancez l’image pour en être sûr.",
        "Nobody knows whether the chat is visible: the gateway gave no answer and can’t tell. Restart the picture to be sure.";
    ChatPaneKept:
        "Le chat reste visible : ici, les lignes du public passent par le robot, qui n’écrit que si le chat est ouvert devant lui.",
        "The chat stays visible: here the audience’s lines go through the robot, which types only while the chat is open in front of it.";
    ChatPaneNotOurs:
        "L’image vient d’un encodeur : Amphi ne sait pas ce qu’elle montre et n’y change rien.",
        "The picture comes from an encoder: Amphi neither knows nor changes what it shows.";
    ChatPaneNotRunning:
        "Rien n’est lancé ; l’image commencera ainsi.",
        "Nothing runs; the picture will begin like this.";
    PictureSource:
        "D’où vient l’image",
        "Where the picture comes from";
    SourceGateway:
        "Une passerelle",
        "A gateway";
    SourceGatewayLong:
        "Son robot entre dans la salle et diffuse ce qu’il y voit. Il n’y a rien à faire.",
        "Its robot goes into the room and broadcasts what it sees there. There is nothing to do.";
    SourceEncoder:
        "Votre encodeur (OBS, boîtier)",
        "Your encoder (OBS, hardware)";
    SourceEncoderLong:
        "Réglez-le avec l’adresse et la clé ci-dessous. Le direct est à l’antenne dès que votre image arrive ; il en sort quand vous arrêtez l’encodeur.",
        "Set it to the address and the key below. The live is on air as soon as your picture arrives, and off air when you stop the encoder.";
    SourceWhileRunning:
        "Arrêtez le direct pour changer de source.",
        "Stop the live to change the source.";
    TakeEncoder:
        "Diffuser avec mon encodeur",
        "Broadcast with my encoder";
    TakeGateway:
        "Diffuser avec une passerelle",
        "Broadcast with a gateway";
    EncoderServer:
        "Serveur",
        "Server";
    EncoderKey:
        "Clé de flux",
        "Stream key";
    EncoderKeyHint:
        "Qui a cette clé peut diffuser à votre place : ne la montrez pas à l’écran.",
        "Whoever has this key can broadcast in your place: don’t show it on a screen.";
    PictureOpen:
        "Ce direct est restreint, mais son serveur de médias montre l’image à qui en connaît l’adresse. Un administrateur peut le fermer.",
        "This live is restricted, but its media server shows the picture to whoever knows its address. An administrator can close it.";
    EncoderLater:
        "L’adresse et la clé de ce direct s’affichent ici à partir de {time}.",
        "Address and key of this live are shown here from {time} on.";
    EncoderLacking:
        "Aucun encodeur n’est libre à cette heure, ou aucun n’est prévu ici : demandez à un administrateur.",
        "No encoder is free at that time, or none is provided for here: ask an administrator.";
    WhyEncoderWaiting:
        "Tout est prêt : lancez votre encodeur.",
        "All is ready: start your encoder.";
}
