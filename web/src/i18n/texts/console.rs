//! The presenters' console.

super::texts! {
    ConsoleTitle:
        "Console : {title}",
        "Console: {title}";
    Steps:
        "Étapes",
        "Steps";
    Actions:
        "Actions",
        "Actions";
    StartMeeting:
        "Démarrer la réunion",
        "Start the meeting";
    EndMeeting:
        "Terminer la réunion",
        "End the meeting";
    LiveStart:
        "Démarrer le direct",
        "Start the live";
    LiveStop:
        "Arrêter le direct",
        "Stop the live";
    LiveRestart:
        "Relancer le direct",
        "Restart the live";
    ChatOn:
        "Ouvrir le chat",
        "Open the chat";
    ChatOff:
        "Fermer le chat",
        "Close the chat";
    InTheRoom:
        "Dans la salle",
        "In the room";
    NobodyInRoom:
        "Personne pour l’instant.",
        "Nobody yet.";
    Links:
        "Liens",
        "Links";
    LinkAudience:
        "Pour le public",
        "For the audience";
    LinkPresenters:
        "Pour entrer dans la salle",
        "To enter the room";
    ToMeeting:
        "Page de la réunion",
        "The meeting’s page";
    ActDone:
        "Demande enregistrée.",
        "Recorded.";
    ActRunning:
        "En cours…",
        "Under way…";
    ActFailed:
        "Échec : {why}",
        "Failed: {why}";
    ActNoAnswer:
        "Amphi n’a pas répondu. Vérifiez votre connexion et recommencez.",
        "Amphi did not answer. Check your connection and try again.";
    SureEnd:
        "Terminer la réunion pour tout le monde ?",
        "End the meeting for everybody?";
    SureStop:
        "Arrêter le direct pour le public ?",
        "Stop the live for the audience?";
    StepOpening:
        "Salle demandée",
        "Room asked for";
    StepRoomOpen:
        "Salle ouverte",
        "Room open";
    StepStartAsked:
        "Passerelle appelée",
        "Gateway called";
    StepStarted:
        "Passerelle démarrée",
        "Gateway started";
    StepRobot:
        "Robot dans la salle",
        "Robot in the room";
    StepOnAir:
        "Image à l’antenne",
        "Picture on air";
    WhyGatewayBusy:
        "La passerelle est occupée par autre chose.",
        "The gateway is busy with something else.";
    WhyGatewayWrongToken:
        "La passerelle refuse son jeton : prévenez un administrateur.",
        "The gateway refuses its token: tell an administrator.";
    WhyGatewayUnreachable:
        "La passerelle est injoignable ; nous réessayons.",
        "The gateway cannot be reached; we keep trying.";
    WhyGatewayFailed:
        "La passerelle n’a pas pu démarrer ; nous réessayons.",
        "The gateway could not start; we keep trying.";
    WhyGatewayBadAnswer:
        "La passerelle a répondu de façon illisible ; nous réessayons.",
        "The gateway’s answer cannot be read; we keep trying.";
    WhyGatewayNoAnswer:
        "La passerelle n’a pas répondu à temps ; nous réessayons.",
        "The gateway did not answer in time; we keep trying.";
    WhyInterrupted:
        "Le démarrage a été interrompu ; nous réessayons.",
        "The start was interrupted; we keep trying.";
    WhyNoRobot:
        "Le robot n’est pas entré dans la salle ; nous réessayons.",
        "The robot did not come into the room; we keep trying.";
    WhyNoPicture:
        "L’image n’arrive pas ; nous réessayons.",
        "No picture arrives; we keep trying.";
    WhyFrozen:
        "L’image est figée ; nous la rétablissons.",
        "The picture is frozen; we are restoring it.";
    WhyGatewayGone:
        "La passerelle a cessé de diffuser ; nous la relançons.",
        "The gateway stopped sending; we are restarting it.";
    WhyBbbUnreachable:
        "BigBlueButton ne répond pas ; nous réessayons.",
        "BigBlueButton does not answer; we keep trying.";
    WhyBbbBadAnswer:
        "BigBlueButton répond de façon illisible ; nous réessayons.",
        "BigBlueButton’s answer cannot be read; we keep trying.";
    WhyBbbWrongSecret:
        "BigBlueButton refuse notre secret : prévenez un administrateur.",
        "BigBlueButton refuses our secret: tell an administrator.";
    WhyBbbRefused:
        "BigBlueButton refuse la demande.",
        "BigBlueButton refuses the request.";
    WhyStopped:
        "Arrêté par un intervenant.",
        "Stopped by a presenter.";
    WhySessionOver:
        "La réunion est terminée.",
        "The meeting is over.";
    WhyTimeOut:
        "Arrêté : l’horaire est dépassé.",
        "Stopped: its time is over.";
    WhyGaveUp:
        "Abandonné après trop d’échecs. Vous pouvez relancer.",
        "Given up after too many failures. You can start it again.";
    WhyCancelled:
        "Annulé.",
        "Cancelled.";
    WhyNoGateway:
        "Aucune passerelle n’est réservée pour ce direct.",
        "No gateway is held for this live.";
    WhyGatewayWaiting:
        "La passerelle n’est pas encore libre ; le direct partira dès qu’elle le sera.",
        "The gateway is not free yet; the live starts as soon as it is.";
    WhyTimeOver:
        "L’horaire prévu est passé.",
        "The planned time is over.";
    StepTodo:
        "à faire",
        "to do";
    StepDoing:
        "en cours",
        "under way";
    StepDone:
        "fait",
        "done";
    NowScheduled:
        "Personne ne vous voit. Début prévu : {time}.",
        "Nobody sees you. Planned start: {time}.";
    NowLate:
        "Personne ne vous voit : entrez dans la salle pour commencer.",
        "Nobody sees you: enter the room to begin.";
    NowOpening:
        "Personne ne vous voit encore : la salle s’ouvre.",
        "Nobody sees you yet: the room is opening.";
    NowRoomOnly:
        "Personne ne vous voit : la salle est ouverte, le direct est arrêté.",
        "Nobody sees you: the room is open, the live is off.";
    NowStarting:
        "Personne ne vous voit encore : le direct démarre.",
        "Nobody sees you yet: the live is starting.";
    NowStartGateway:
        "Personne ne vous voit encore : la passerelle démarre.",
        "Nobody sees you yet: the gateway is starting.";
    NowStartRobot:
        "Personne ne vous voit encore : le robot entre dans la salle.",
        "Nobody sees you yet: the robot is entering the room.";
    NowStartPicture:
        "Personne ne vous voit encore : l’image arrive.",
        "Nobody sees you yet: the picture is on its way.";
    NowOnAir:
        "Vous êtes à l’antenne depuis {time}.",
        "You are on air since {time}.";
    NowStalled:
        "À l’antenne, mais le public voit une image figée depuis {time}.",
        "On air, but the audience has been seeing a frozen picture since {time}.";
    NowStopping:
        "Le direct s’arrête ; le public en voit encore la fin.",
        "The live is stopping; the audience still sees the end of it.";
    NowEnding:
        "La salle se ferme ; tout se termine.",
        "The room is closing; everything is ending.";
    NowOffAir:
        "Vous n’êtes plus à l’antenne ; la salle est encore ouverte.",
        "You are off air; the room is still open.";
    NowOver:
        "C’est terminé : personne ne vous voit.",
        "It is over: nobody sees you.";
    NowCancelled:
        "Ce webinaire est annulé.",
        "This webinar is cancelled.";
    NowUnsure:
        "Connexion perdue : ce qui est affiché peut avoir changé.",
        "Connection lost: what is shown may have changed.";
    SinceElapsed:
        "depuis {time}",
        "for {time}";
    InTime:
        "dans {time}",
        "in {time}";
    AttemptNumber:
        "essai {n}",
        "attempt {n}";
    EnterTheRoom:
        "Entrer dans la salle",
        "Enter the room";
    EnterTheRoomWhat:
        "Ouvre BigBlueButton dans un autre onglet, et la salle si elle est fermée. Le direct suit de lui-même.",
        "Opens BigBlueButton in another tab, and the room if it is closed. The live follows by itself.";
    StartWhat:
        "Ouvre la salle sans y entrer ; le direct démarre derrière elle.",
        "Opens the room without entering it; the live starts right behind it.";
    StartNot:
        "La salle est déjà ouverte.",
        "The room is open already.";
    LiveStartWhat:
        "Met le webinaire à l’antenne. Comptez une demi-minute.",
        "Puts the webinar on air. Allow half a minute.";
    LiveStartNotRoom:
        "Ouvrez d’abord la salle.",
        "Open the room first.";
    LiveStartNotRuns:
        "Le direct tourne déjà.",
        "The live is running already.";
    LiveStartNotStopping:
        "Attendez qu’il soit arrêté.",
        "Wait until it has stopped.";
    LiveStartNotGateway:
        "Aucune passerelle n’est réservée : choisissez un autre horaire.",
        "No gateway is reserved: choose another time.";
    LiveStopWhat:
        "Coupe l’image du public. La salle reste ouverte, le chat aussi.",
        "Cuts the audience’s picture. The room stays open, and so does the chat.";
    LiveStopNot:
        "Aucun direct ne tourne.",
        "No live is running.";
    LiveRestartWhat:
        "Arrête l’image et la relance : à faire si le public voit mal. Coupure d’une demi-minute.",
        "Stops the picture and starts it anew: when the audience sees badly. A break of half a minute.";
    ChatOnWhat:
        "Le public peut écrire ; ses messages arrivent dans la salle.",
        "The audience can write; what they write reaches the room.";
    ChatOffWhat:
        "Le public ne peut plus écrire ; ce qui est écrit reste.",
        "The audience can no longer write; what is written stays.";
    EndWhat:
        "Ferme la salle à tout le monde et arrête le direct. Préférez ce bouton au simple « quitter » de BigBlueButton.",
        "Closes the room to everybody and stops the live. Better than just leaving BigBlueButton.";
    EndNot:
        "Rien n’est ouvert : il n’y a rien à terminer.",
        "Nothing is open: there is nothing to end.";
    NotCancelled:
        "Ce webinaire est annulé.",
        "This webinar is cancelled.";
    NotConnected:
        "En attente de la connexion.",
        "Waiting for the connection.";
    SureEndLong:
        "La salle se ferme, ses participants en sortent et le public voit la fin du direct.",
        "The room closes, everybody in it is put out and the audience sees the end of the live.";
    SureStopLong:
        "Le public ne verra plus rien tant que vous n’aurez pas redémarré. La salle reste ouverte.",
        "The audience sees nothing until you start again. The room stays open.";
    SureRestart:
        "Relancer le direct ?",
        "Restart the live?";
    SureRestartLong:
        "Le public perd l’image pendant une demi-minute environ, puis elle revient d’elle-même.",
        "The audience loses the picture for about half a minute, then it comes back by itself.";
    SureLater:
        "Déplacer la fin au-delà de la réservation ?",
        "Move the end beyond the reservation?";
    SureLaterLong:
        "La passerelle n’est libre que jusqu’à {time} : le direct pourrait être coupé.",
        "The gateway is free only until {time}: the live might be cut.";
    SureNo:
        "Non, revenir",
        "No, go back";
    PlannedEnd:
        "Fin prévue",
        "Planned end";
    MoveEnd:
        "Déplacer la fin",
        "Move the end";
    MoveEndTo:
        "Finir à",
        "End at";
    EndFreeAlways:
        "La passerelle est libre : aucun autre webinaire ne l’attend ensuite.",
        "The gateway is free: no other webinar waits for it afterwards.";
    EndFreeUntil:
        "La passerelle est libre jusqu’à {time}.",
        "The gateway is free until {time}.";
    EndTaken:
        "La passerelle sert à un autre webinaire dès {time} : finissez avant, ou le direct pourrait être coupé.",
        "Another webinar has the gateway from {time}: end before, or the live might be cut.";
    EndNoGateway:
        "Aucune passerelle n’est réservée pour ce webinaire.",
        "No gateway is reserved for this webinar.";
    EndMoved:
        "La fin est maintenant à {time}.",
        "The end is now at {time}.";
    EndInPast:
        "Cette heure est passée.",
        "That time is past.";
    AudiencePicture:
        "Ce que voit le public",
        "What the audience sees";
    AudiencePictureLong:
        "Avec une dizaine de secondes de retard, sans le son : vous êtes dans la salle.",
        "About ten seconds late, and muted: you are in the room.";
    ControlRoom:
        "Salle",
        "Room";
    ControlLive:
        "Direct",
        "Live";
    ControlChat:
        "Chat du public",
        "Audience chat";
    ControlEnd:
        "Tout terminer",
        "End everything";
    BigChat:
        "Agrandir le chat",
        "Enlarge the chat";
    SmallChat:
        "Réduire le chat",
        "Shrink the chat";
    WhatToDoGateway:
        "Prévenez un administrateur : lui seul peut corriger la passerelle.",
        "Tell an administrator: only they can mend the gateway.";
    WhatToDoWait:
        "Rien à faire : la console dira quand c’est rétabli.",
        "Nothing to do: the console will say when it is mended.";
    WhatToDoStart:
        "Pour y revenir, appuyez sur « Démarrer le direct ».",
        "To go on air again, press “Start the live”.";
    WhatToDoOpen:
        "Pour recommencer, entrez dans la salle.",
        "To begin again, enter the room.";
    WhatToDoTime:
        "Choisissez un autre horaire sur la page de la réunion, ou prévenez un administrateur.",
        "Choose another time on the meeting’s page, or tell an administrator.";
    WhatToDoLater:
        "Pour continuer, déplacez la fin.",
        "To go on, move the end.";
    EndLive:
        "Terminer le direct",
        "End the live";
    EndLiveWhat:
        "Le public voit la fin, et le diffuseur est libre. L’encodeur s’arrête à la main : Amphi ne le commande pas.",
        "The audience sees the end, and the broadcaster is free. The encoder is stopped by hand: Amphi does not command it.";
    EndLiveNotBegun:
        "Le direct n’a pas commencé.",
        "The live has not begun.";
    EndLiveOver:
        "Le direct est terminé.",
        "The live is over.";
    SureEndLive:
        "Terminer le direct ?",
        "End the live?";
    SureEndLiveLong:
        "Le public ne voit plus l’image, quoi que l’encodeur envoie. Pour reprendre, déplacez la fin.",
        "The audience sees the picture no more, whatever the encoder sends. To go on, move the end.";
    EndBroadcaster:
        "Si un autre direct attend le diffuseur avant cette heure, la fin reste où elle est et la console le dit.",
        "Where another live waits for the broadcaster before that time, the end stays where it is and the console says so.";
    NowEncoder:
        "Personne ne voit rien : l’encodeur n’envoie pas d’image.",
        "Nobody sees anything: the encoder sends no picture.";
    NowLiveCancelled:
        "Ce direct est supprimé.",
        "This live is deleted.";
    WhyEncoderStands:
        "L’image de l’encodeur n’avance plus.",
        "The encoder’s picture no longer moves.";
    WhatToDoEncoder:
        "Vérifiez l’encodeur et son réseau ; la console dira quand l’image revient.",
        "Check the encoder and its network; the console will say when the picture is back.";
    ChatOnWhatHere:
        "Le public peut écrire.",
        "The audience can write.";
    AudiencePictureEncoder:
        "Avec le retard du public, sans le son.",
        "As late as for the audience, and muted.";
    ToLivePage:
        "Page du direct",
        "The live’s page";
    Moderator:
        "modérateur",
        "moderator";
    Robot:
        "robot",
        "robot";
    GatewayWord:
        "Passerelle vidéo",
        "Video gateway";
}
