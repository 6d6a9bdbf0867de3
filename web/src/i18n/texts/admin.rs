//! Administration.

super::texts! {
    GuideTitle:
        "Guide de style",
        "Style guide";
    Created:
        "Créé",
        "Created";
    Gateways:
        "Passerelles",
        "Gateways";
    NoGateway:
        "Aucune passerelle.",
        "No gateway.";
    AddGateway:
        "Ajouter une passerelle",
        "Add a gateway";
    Address:
        "Adresse",
        "Address";
    RtmpAddress:
        "Adresse RTMP (avec la clé)",
        "RTMP address (with its key)";
    Token:
        "Jeton",
        "Token";
    DefaultToken:
        "jeton par défaut : changez-le",
        "default token: change it";
    GwIdMissing:
        "gw_id manquant : cette génération en veut un",
        "gw_id missing: this generation wants one";
    TokenGood:
        "accepté",
        "accepted";
    TokenWrong:
        "refusé",
        "refused";
    TokenNotChecked:
        "non vérifié par cette génération",
        "not checked by this generation";
    TokenUnknown:
        "pas encore connu",
        "not known yet";
    Generation:
        "Génération",
        "Generation";
    FindOut:
        "Détecter",
        "Find out";
    GwId:
        "Identifiant gw_id (générations 4 et 5)",
        "gw_id (generations 4 and 5)";
    State:
        "État",
        "State";
    Runs:
        "En cours",
        "Running";
    Broadcaster:
        "Diffuseur",
        "Broadcaster";
    Broadcasters:
        "Diffuseurs",
        "Broadcasters";
    NoBroadcaster:
        "Aucun diffuseur.",
        "No broadcaster.";
    AddBroadcaster:
        "Ajouter un diffuseur",
        "Add a broadcaster";
    Playlist:
        "Liste HLS",
        "HLS playlist";
    People:
        "Personnes",
        "People";
    AddPerson:
        "Ajouter une personne",
        "Add a person";
    Add:
        "Ajouter",
        "Add";
    Remove:
        "Retirer",
        "Remove";
    SureRemove:
        "Retirer « {name} » ?",
        "Remove “{name}”?";
    Works:
        "Travaux en cours",
        "Work in hand";
    InHand:
        "En main",
        "In hand";
    Lag:
        "Retard (événements)",
        "Behind (events)";
    LastError:
        "Dernière erreur",
        "Last error";
    ReadModels:
        "Modèles de lecture",
        "Read models";
    Well:
        "OK",
        "OK";
    Unwell:
        "Problème",
        "Trouble";
    AdminOverview:
        "Vue d’ensemble",
        "Overview";
    Attention:
        "À surveiller",
        "What needs attention";
    AllWell:
        "Tout va bien : rien ne demande votre attention.",
        "All is well: nothing needs your attention.";
    AtAGlance:
        "En bref",
        "At a glance";
    GatewaysCount:
        "{n} en service, {busy} avec un direct",
        "{n} in use, {busy} with a live";
    CountOf:
        "{n} en service",
        "{n} in use";
    InHandCount:
        "{n} en main : salles, directs, courriels",
        "{n} in hand: rooms, lives, mails";
    VersionOf:
        "Version {version}",
        "Version {version}";
    HealthForMachines:
        "État pour la supervision",
        "State for monitoring";
    GatewayPage:
        "Voir la passerelle",
        "Open the gateway’s page";
    ModelHalted:
        "Le modèle de lecture « {name} » est arrêté",
        "The read model “{name}” stands still";
    ModelHaltedDo:
        "Les pages qui s’en servent montrent un état ancien. Cause : {why}. Reconstruisez-le : amphi rebuild {name}",
        "Pages that use it show an old state. Cause: {why}. Build it anew: amphi rebuild {name}";
    NotHttps:
        "L’adresse publique n’est pas en https",
        "The public address is not https";
    NotHttpsDo:
        "Les robots des passerelles n’ouvrent que des adresses https, avec un certificat reconnu publiquement. Placez Amphi derrière un serveur mandataire HTTPS et changez AMPHI_PUBLIC_URL. (Les passerelles simulées s’en passent.)",
        "The gateways’ robots open https addresses only, with a publicly trusted certificate. Put Amphi behind an HTTPS proxy and change AMPHI_PUBLIC_URL. (Simulated gateways do without.)";
    ReactorFailed:
        "{name} : le dernier essai a échoué ({at})",
        "{name}: the last try failed ({at})";
    IsBehind:
        "{name} : {n} événements de retard",
        "{name}: {n} events behind";
    IsBehindDo:
        "Cela se résorbe tout seul après un redémarrage ou une forte charge. Si le retard dure, regardez la charge du serveur et son disque.",
        "This goes by itself after a restart or a heavy load. If it lasts, look at the server’s load and disk.";
    NoGatewayDo:
        "Sans passerelle, aucun webinaire ne peut être diffusé. Ajoutez-en une : sa page donnera les réglages à poser sur sa machine.",
        "Without a gateway no webinar can be broadcast. Add one: its page will give the settings for its machine.";
    NoBroadcasterDo:
        "Un diffuseur est l’adresse où le public va chercher l’image. Ajoutez-en un avant la première passerelle.",
        "A broadcaster is the address where viewers fetch the picture. Add one before the first gateway.";
    LogRefuses:
        "Le journal n’accepte plus d’écriture",
        "The log takes no writes";
    LogRefusesDo:
        "Rien ne peut être enregistré : ni réunion, ni message. Cause : {why}. Libérez de la place sur le disque des données ; si l’erreur demeure, redémarrez Amphi.",
        "Nothing can be recorded: no meeting, no message. Cause: {why}. Free space on the disk of the data folder; if the error stays, restart Amphi.";
    LogTakesWrites:
        "Le journal accepte les écritures.",
        "The log takes writes.";
    GatewaysLead:
        "Une passerelle envoie un robot dans la salle et en diffuse l’image. Une passerelle sert un direct à la fois.",
        "A gateway sends a robot into the room and broadcasts its picture. A gateway serves one live at a time.";
    BroadcasterFirst:
        "Il faut d’abord un diffuseur.",
        "A broadcaster is needed first.";
    GatewayAdded:
        "La passerelle est ajoutée. Posez maintenant ces réglages sur sa machine, puis vérifiez qu’elle nous joint.",
        "The gateway is added. Now put these settings on its machine, then check that it reaches us.";
    GatewayAddressHint:
        "Adresse de son interface HTTP, vue d’Amphi. Ports habituels : 8080 (1.5, 1.6), 80 (1.7), 8100 (1.8 et suivantes).",
        "Address of its HTTP interface, as Amphi sees it. Usual ports are 8080 (1.5, 1.6), 80 (1.7), 8100 (1.8 and later).";
    GatewayTokenHint:
        "Celui que la passerelle attend. Pour 1.8 et suivantes, qui n’en vérifient aucun, n’importe quel mot.",
        "The one the gateway expects. For 1.8 and later, which check none, any word.";
    SecretLeftAlone:
        "Écrit, jamais relu. Laissez vide pour garder le jeton actuel.",
        "Written, never read back. Leave empty to keep the present token.";
    RtmpHint:
        "Où la passerelle envoie l’image. La dernière partie est la clé : elle reste secrète.",
        "Where the gateway sends the picture. The last part is the key, and stays secret.";
    RtmpHintThere:
        "À présent {base}/… ; laissez vide pour garder l’adresse et sa clé.",
        "At present {base}/…; leave empty to keep the address and its key.";
    BroadcasterHint:
        "D’où le public reçoit l’image de cette passerelle.",
        "Where viewers fetch this gateway’s picture.";
    GenerationHint:
        "Amphi la reconnaît de lui-même ; ne choisissez que s’il se trompe.",
        "Amphi finds it out by itself; choose only where it is wrong.";
    GwIdHint:
        "Nom du projet Docker que la passerelle a créé au démarrage : 24 caractères (lettres, chiffres, point ou tirets).",
        "Name of the Docker project that the gateway made at its start: 24 characters (letters, digits, dot or dashes).";
    GatewayStuck:
        "ne s’arrête pas",
        "doesn’t stop";
    GatewayStuckDo:
        "Amphi lui demande de s’arrêter sans réponse. Vérifiez que sa machine tourne : Amphi réessaie sans cesse. Si elle est perdue pour de bon, déclarez plus bas que sa diffusion est finie.",
        "Amphi tells it to stop and hears nothing. Check that its machine runs: Amphi goes on trying. If it is lost for good, declare its run over below.";
    UnreachableDo:
        "Vérifiez que la machine tourne, l’adresse et le port ci-contre, et que le pare-feu laisse passer Amphi. La ligne « amphi check » sur le serveur d’Amphi dit ce qui bloque.",
        "Check that the machine runs, the address and port on this page, and that the firewall lets Amphi through. “amphi check” on Amphi’s server says what stands in the way.";
    WrongTokenDo:
        "Le jeton d’Amphi n’est pas celui de la passerelle. Écrivez le même des deux côtés.",
        "Amphi’s token is not the gateway’s. Write the same on both sides.";
    GwIdMissingDo:
        "Trouvez-le sur sa machine (voir plus bas), puis écrivez-le dans le formulaire de modification.",
        "Find it on its machine (see below), then write it in the form for changes.";
    DefaultTokenDo:
        "Le jeton 1234 est connu de tous : qui atteint la passerelle peut la piloter. Changez-le sur sa machine, puis ici.",
        "Everybody knows the token 1234: whoever reaches the gateway can drive it. Change it on its machine, then here.";
    SpeaksOtherwise:
        "parle une autre génération",
        "speaks another generation";
    SpeaksOtherwiseDo:
        "Elle répond comme une autre génération que celle qui est choisie. Remettez « Détecter », sauf si vous savez pourquoi.",
        "It answers like another generation than the one that is chosen. Go back to “Find out”, unless you know why.";
    Unguarded:
        "sans contrôle du jeton",
        "checks no token";
    UnguardedDo:
        "Cette génération ne vérifie aucun jeton : seul un pare-feu la protège. Ne laissez qu’Amphi atteindre son port.",
        "This generation checks no token: only a firewall keeps it. Let nobody but Amphi reach its port.";
    GenerationSaid:
        "{generation}, comme choisi",
        "{generation}, as chosen";
    GenerationFound:
        "{generation}, reconnue",
        "{generation}, found out";
    GenerationUnknown:
        "pas encore reconnue",
        "not found out yet";
    RtmpShort:
        "Envoie l’image à",
        "Sends the picture to";
    ChatThroughWell:
        "Sans l’API de BigBlueButton 3, le chat peut passer par cette passerelle.",
        "Without BigBlueButton 3’s own call, chat can pass through this gateway.";
    ChatThroughPoorly:
        "Le chat par cette passerelle perd les accents ; BigBlueButton 3 s’en passe.",
        "Chat through this gateway loses accents; BigBlueButton 3 does without it.";
    ChatThroughNot:
        "Aucun chat par cette passerelle : il faut BigBlueButton 3.",
        "No chat through this gateway: BigBlueButton 3 is needed.";
    ChatThroughRedis:
        "Sans l’appel de BigBlueButton 3, le chat passe par Redis jusqu’au robot.",
        "Without BigBlueButton 3’s own call, chat goes by Redis to the robot.";
    ChatThroughRedisNot:
        "Aucun chat par cette passerelle tant qu’aucune adresse Redis n’est donnée.",
        "No chat through this gateway as long as no Redis address is given.";
    ChatRedis:
        "Redis du chat (liveStreaming)",
        "Redis for the chat (liveStreaming)";
    ChatRedisHint:
        "Seulement pour BigBlueButton-liveStreaming : le serveur Redis auquel son conteneur s’abonne.",
        "Only for BigBlueButton-liveStreaming: the Redis server that its container subscribes to.";
    PoolToken:
        "Le jeton est celui du proxy. Les passerelles derrière lui n’en vérifient aucun : fermez leurs ports à tous les autres.",
        "The token is the proxy’s. The gateways behind it check none: close their ports to everybody else.";
    RunnerToken:
        "Le jeton est celui du lanceur (AMPHI_RUNNER_TOKEN). L’adresse et le secret de BigBlueButton restent chez lui.",
        "The token is the runner’s (AMPHI_RUNNER_TOKEN). BigBlueButton’s address and secret stay with it.";
    RecipeRunner:
        "Réglages du lanceur ops/runner",
        "Settings of the runner ops/runner";
    EncoderHost:
        "Rien à installer : la personne qui diffuse règle OBS ou son encodeur avec l’adresse et la clé que sa console lui montre. L’image est à l’antenne dès que la liste de lecture avance. Un encodeur n’est donné qu’aux directs qui en demandent un.",
        "Nothing to install: whoever broadcasts sets OBS or the encoder to the address and the key that their console shows. The picture is on air as soon as the playlist moves. An encoder is given only to lives that ask for one.";
    ChatThroughUnknown:
        "Dépend de la génération.",
        "Depends on the generation.";
    AskNow:
        "Interroger maintenant",
        "Ask it now";
    AskedAgain:
        "Les passerelles sont interrogées ; l’état s’actualise de lui-même.",
        "The gateways are being asked; the state follows by itself.";
    HeldNext:
        "Réservations à venir",
        "Held next for";
    HeldForNothing:
        "Rien n’est prévu ici.",
        "Nothing is planned here.";
    StoppingSince:
        "Arrêt demandé le {time}, sans réponse pour l’instant.",
        "Told to stop since {time}; no answer so far.";
    RunOver:
        "Déclarer cette diffusion finie",
        "Declare this run over";
    SureRunOver:
        "Déclarer finie la diffusion de « {name} » ?",
        "Declare the run of “{name}” over?";
    RunOverLong:
        "Seulement si la machine est éteinte ou perdue pour de bon. Le direct pourra repartir et la passerelle servir à d’autres ; Amphi cessera de lui demander de s’arrêter. Si elle tourne encore, son robot reste dans la salle et son image continue de partir : éteignez-la d’abord.",
        "Only if the machine is off or lost for good. The live can start again and the gateway can serve others; Amphi stops telling it to stop. If it still runs, its robot stays in the room and its picture goes on: switch it off first.";
    RunOverDone:
        "C’est noté au journal à votre nom ; la passerelle et le direct sont libérés.",
        "It is in the log under your name; the gateway and the live are free.";
    OnTheHost:
        "Sur la machine de la passerelle",
        "On the gateway’s machine";
    OnTheHostLong:
        "Ces lignes sont remplies pour cet Amphi. Redémarrez la passerelle ensuite.",
        "These lines are filled in for this Amphi. Restart the gateway afterwards.";
    HostSettings:
        "Dans le fichier de réglages (.env) de la passerelle",
        "In the gateway’s settings file (.env)";
    HostSettingsUnknown:
        "Les réglages dépendent de la génération : attendez qu’Amphi la reconnaisse, ou choisissez-la dans le formulaire.",
        "The settings depend on the generation: wait until Amphi finds it out, or choose it in the form.";
    TokenOnHost:
        "Dans le lanceur de la passerelle, remplacez le jeton 1234 par celui que vous avez écrit ici.",
        "In the gateway’s launcher, replace the token 1234 by the one that you wrote here.";
    NoTokenOnHost:
        "Aucun jeton à poser : cette génération n’en vérifie pas. Le pare-feu est donc indispensable.",
        "No token to set: this generation checks none. So the firewall is a must.";
    FindGwId:
        "Pour trouver le gw_id (champ Name, 24 caractères)",
        "To find the gw_id (field Name, 24 characters)";
    HostFirewall:
        "Pare-feu : Amphi seul atteint le port (exemple avec ufw)",
        "Firewall: only Amphi reaches the port (example with ufw)";
    WhatIsSent:
        "Ce qu’Amphi envoie à chaque démarrage",
        "What Amphi sends at each start";
    SentRoom:
        "dix caractères, nouveaux à chaque diffusion",
        "ten characters, new for each run";
    RobotOpens:
        "Le robot ouvre",
        "The robot opens";
    RecipeOneJob:
        "une machine, une seule tâche : diffuser",
        "one machine, one job: to broadcast";
    RecipeDomainSent:
        "le domaine du robot est envoyé par Amphi à chaque démarrage",
        "Amphi sends the robot’s domain at each start";
    RecipeBefore:
        "images construites avant le 29 août 2025",
        "images built before 29 August 2025";
    RecipeAfter:
        "images plus récentes, à la place de BROWSE_FILE, cette entrée seule",
        "later images, instead of BROWSE_FILE, this entry alone";
    RecipeGwId:
        "identifiant attendu par Amphi",
        "the id that Amphi wants";
    RecipeAmphisAddress:
        "ADRESSE-D-AMPHI",
        "AMPHIS-ADDRESS";
    ReachTitle:
        "La passerelle nous joint-elle ?",
        "Does the gateway reach us?";
    ReachLong:
        "Le robot doit ouvrir nos pages depuis la machine de la passerelle. Demandez une adresse à usage unique et appelez-la de là-bas ; elle vaut dix minutes.",
        "The robot has to open our pages from the gateway’s machine. Make a one-time address and call it from there; it lasts ten minutes.";
    ReachMake:
        "Créer une adresse d’essai",
        "Make a test address";
    ReachRun:
        "À lancer sur la machine de la passerelle",
        "Run this on the gateway’s machine";
    ReachWaiting:
        "En attente d’un appel…",
        "Waiting for a call…";
    ReachReached:
        "Jointe à {time} depuis {from}.",
        "Reached at {time} from {from}.";
    ReachOver:
        "Cette adresse n’est plus valable. Créez-en une autre.",
        "This address is over. Make another one.";
    ReachHelp:
        "Rien n’arrive ? Regardez ce que dit la commande.",
        "Nothing comes? Look at what the command says.";
    ReachHelpDns:
        "« Could not resolve host » : le nom d’Amphi est inconnu là-bas. Corrigez le DNS de la machine.",
        "“Could not resolve host”: Amphi’s name is unknown there. Mend the machine’s DNS.";
    ReachHelpFirewall:
        "« Connection timed out » ou « refused » : un pare-feu arrête la sortie vers le port d’Amphi, ou l’entrée chez nous. Ouvrez-le.",
        "“Connection timed out” or “refused”: a firewall stops the way out to Amphi’s port, or the way in here. Open it.";
    ReachHelpTls:
        "« SSL certificate problem » : le certificat d’Amphi n’est pas reconnu. Il en faut un d’une autorité publique, avec sa chaîne complète.",
        "“SSL certificate problem”: Amphi’s certificate is not trusted. It takes one of a public authority, with its whole chain.";
    ReachHelpProxy:
        "« 404 » ou « 502 » : un autre serveur répond à ce nom, ou le mandataire ne mène pas à Amphi. Vérifiez AMPHI_PUBLIC_URL.",
        "“404” or “502”: another server answers to that name, or the proxy doesn’t lead to Amphi. Check AMPHI_PUBLIC_URL.";
    RemoveGateway:
        "Retirer la passerelle",
        "Remove the gateway";
    RemoveGatewayLong:
        "Seulement quand rien ne la réserve. Son jeton et sa clé sont effacés ; son passé reste au journal.",
        "Only when nothing holds it. Its token and key are deleted; its past stays in the log.";
    Removed:
        "« {name} » est retiré.",
        "“{name}” is removed.";
    BroadcastersLead:
        "Un diffuseur est l’adresse d’une liste HLS : là où le public va chercher l’image.",
        "A broadcaster is the address of an HLS playlist: where viewers fetch the picture.";
    BroadcasterAdded:
        "Le diffuseur est ajouté.",
        "The broadcaster is added.";
    PlaylistHint:
        "Adresse publique d’une liste .m3u8, avec CORS ouvert à Amphi.",
        "Public address of an .m3u8 playlist, with CORS open to Amphi.";
    NoGatewayPoints:
        "Aucune passerelle ne s’en sert.",
        "No gateway uses it.";
    NoPassword:
        "sans mot de passe",
        "no password";
    PersonAdded:
        "Le compte est créé.",
        "The account is made.";
    LoginHint:
        "Sans espace ; majuscules et minuscules se valent.",
        "Without spaces; capitals count as small letters.";
    RoleHint:
        "Participant : regarde et écrit. Personnel : planifie et présente. Auditeur : lit le journal. Administrateur : tout.",
        "User: watches and writes. Staff: plans and presents. Auditor: reads the log. Administrator: everything.";
    WhatTheyDid:
        "Ses actes dans le journal",
        "What they did, in the log";
    TokensOfOther:
        "Un jeton agit au nom de ce compte. Pour un programme, créez plutôt un compte à lui ; « amphi token new » fait de même.",
        "A token acts in the name of this account. For a program, rather make an account of its own; “amphi token new” does the same.";
    ResetPassword:
        "Donner un nouveau mot de passe",
        "Set a new password";
    ResetPasswordLong:
        "Toutes les connexions de la personne sont fermées ; ses jetons restent.",
        "All login sessions of the person end; their tokens stay.";
    PasswordSet:
        "Le nouveau mot de passe est en place. Transmettez-le de façon sûre.",
        "The new password is set. Hand it over safely.";
    CloseAccess:
        "Fermer l’accès",
        "Close access";
    CloseAccessLong:
        "Mot de passe, connexions et jetons sont supprimés aussitôt. Le compte et ses réunions restent ; un nouveau mot de passe le rouvre.",
        "Password, login sessions and tokens are deleted at once. The account and its meetings stay; a new password opens it again.";
    SureCloseAccess:
        "Fermer l’accès de {name} ?",
        "Close the access of {name}?";
    AccessClosed:
        "L’accès est fermé.",
        "The access is closed.";
    ErasePerson:
        "Effacer la personne",
        "Erase the person";
    ErasePersonLong:
        "La clé de ses données est détruite : nom, messages et présences deviennent illisibles partout, pour toujours. Le journal reste vérifiable.",
        "The key of their data is destroyed: name, messages and attendance become unreadable everywhere, for ever. The log can still be verified.";
    SureErase:
        "Effacer {name} ? C’est définitif.",
        "Erase {name}? This can’t be undone.";
    PersonErased:
        "La personne est effacée.",
        "The person is erased.";
    WorksLead:
        "Ce que le programme fait au-dehors et ce que montrent les pages. Un échec est réessayé tout seul, de plus en plus rarement.",
        "What the program does outside, and what pages are read from. A failure is tried again by itself, more and more seldom.";
    Reactors:
        "Réacteurs",
        "Reactors";
    WorkRooms:
        "Ouvre, surveille et ferme les salles BigBlueButton.",
        "Opens, watches and closes BigBlueButton rooms.";
    WorkStage:
        "Démarre, surveille et arrête les passerelles.",
        "Starts, watches and stops gateways.";
    WorkRelay:
        "Porte le chat entre la page et la salle.",
        "Carries chat between page and room.";
    WorkPlanner:
        "Réserve une passerelle pour chaque webinaire.",
        "Holds a gateway for each webinar.";
    WorkPostman:
        "Écrit les courriels.",
        "Writes mails.";
    WorkInviter:
        "Demande un message pour chaque personne à prévenir d’une réunion : invitation, changement, annulation.",
        "Asks for a mail to everybody who is to be told of a meeting: invited, changed, off.";
    WorkRetention:
        "Détruit, à leur date, les clés de ce qui n’est gardé qu’un temps : les noms des participants.",
        "Destroys on their date the keys of what is kept for a while only: participants’ names.";
    WorkScout:
        "Demande aux passerelles ce qu’elles parlent.",
        "Asks gateways what they speak.";
    LastTryFailed:
        "dernier essai en échec",
        "last try failed";
    TriedAgain:
        "{name} : nouvel essai lancé.",
        "{name}: a new try is under way.";
    ReadModelsLead:
        "Construits depuis le journal ; ils peuvent toujours l’être à nouveau.",
        "Built from the log; they can always be built anew.";
}
