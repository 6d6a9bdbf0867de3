//! The accessibility statement.

super::texts! {
    Accessibility:
        "Accessibilité",
        "Accessibility";
    AccessTitle:
        "Déclaration d’accessibilité",
        "Accessibility statement";
    AccessAim:
        "Ces pages visent le niveau AA des WCAG 2.2, et ce que le RGAA français demande de plus.",
        "These pages aim at WCAG 2.2, level AA, and at what the French RGAA asks beyond it.";
    AccessNoAudit:
        "Ceci n’est pas un audit : personne d’extérieur n’en a fait, et aucun taux de conformité n’est donc annoncé.",
        "This is no audit: nobody from outside has made one, and so no degree of conformity is claimed.";
    AccessTested:
        "Ce qui est vérifié",
        "What is tested";
    AccessTestedHow:
        "À chaque changement du programme, dans Chromium, en français et en anglais :",
        "With each change of the program, in Chromium, in French and in English:";
    AccessTestedAxe:
        "axe sur chaque page que l’on atteint dans chaque rôle, et sur chaque exemple du guide de style, en clair et en sombre.",
        "axe on every page that people reach in each role, and on every example of the style guide, light and dark.";
    AccessTestedKeyboard:
        "L’histoire d’un cours, la page d’une réunion, la recherche de copropriétaires, son propre compte, et, pour les administrateurs, la liste des réunions, les groupes, les réglages et les reprises, au clavier seul ; où est le focus et qu’il se voit, y compris en couleurs forcées.",
        "The story of a lecture, a meeting’s page, the search for co-owners, one’s account, administrators’ list of meetings, groups, settings and moving in, by keyboard alone; where the focus is and that it is seen, also in forced colours.";
    AccessTestedNarrow:
        "320 px sans défilement horizontal, et le texte à 200 %.",
        "320 px without scrolling sideways, and text at 200 %.";
    AccessTestedMotion:
        "Le mouvement réduit ; l’annonce du chat à qui ne le voit pas arriver.",
        "Reduced motion; announcements of the chat for those who don’t see it come.";
    AccessTestedColour:
        "La couleur de l’établissement, ajustée jusqu’à être lisible sur chaque fond.",
        "The house’s own accent colour, shaded until it is legible on every ground.";
    AccessResult:
        "Résultat : ces vérifications ne trouvent rien dans cette version ; un changement qui leur ferait trouver quelque chose n’est pas publié.",
        "Result: these tests find nothing in this version; a change that would make them find something is not published.";
    AccessNot:
        "Ce qui n’a pas été évalué",
        "What was not assessed";
    AccessNotReaders:
        "Les lecteurs d’écran avec des personnes qui s’en servent ; VoiceOver, TalkBack, NVDA et JAWS n’ont pas été essayés.",
        "Screen readers with people who use them; VoiceOver, TalkBack, NVDA and JAWS were not run.";
    AccessNotBrowsers:
        "Firefox et Safari ; la lecture HLS native.",
        "Firefox and Safari; the player’s native HLS.";
    AccessNotWalked:
        "La fenêtre qui exclut quelqu’un d’un chat, les enregistrements, les pages d’administration des passerelles, diffuseurs, personnes et réacteurs, et les façons de se connecter : axe en voit les exemples quand le guide de style en a, personne ne les a parcourus au clavier.",
        "The dialog that excludes somebody from a chat, recordings, administrators’ pages of gateways, broadcasters, people and reactors, and the ways of signing in: axe sees their examples where the style guide has one, nobody walked through them by keyboard.";
    AccessNotFiles:
        "Les courriels, les fichiers d’agenda et le CSV des listes.",
        "Mails, calendar files and the CSV of lists.";
    AccessNotOurs:
        "Ce qui n’est pas de nous : la salle BigBlueButton, la page de connexion de l’établissement, les diapositives déposées, et l’image elle-même, qui n’a de sous-titres que si le diffuseur en donne.",
        "What is not ours: BigBlueButton’s room, the sign-in page of a university, slides that are uploaded, and the picture itself: captions are shown only where the broadcaster’s playlist has them.";
    AccessKnown:
        "Défauts connus",
        "Known faults";
    AccessKnownUnmute:
        "À 320 px avec le texte à 200 %, le bouton de la console qui rétablit le son se coupe au milieu de son mot.",
        "At 320 px with text at 200 % the console’s unmute button breaks in the middle of its word.";
    AccessKnownEnglish:
        "L’explication de chaque réglage, sur la page des administrateurs, et la référence de l’API ne sont qu’en anglais.",
        "What each setting does, on the administrators’ page, and the reference of the API are in English only.";
    AccessContact:
        "Nous écrire",
        "Whom to write to";
    AccessWrite:
        "Si quelque chose vous reste inaccessible, dites-le : on cherchera avec vous un autre chemin, et on corrigera.",
        "Where something can’t be reached, say so: another way will be looked for with you, and it will be mended.";
    AccessNobodyNamed:
        "Aucune adresse n’a été indiquée ici : adressez-vous à qui gère ce service dans votre établissement.",
        "No address was given here: turn to whoever runs this service at your university.";
    AccessFrance:
        "En France, sans réponse satisfaisante, vous pouvez saisir le Défenseur des droits.",
        "In France, whoever gets no satisfying answer may turn to the Défenseur des droits.";
}
