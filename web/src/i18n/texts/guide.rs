//! The style guide.

super::texts! {
    GuideLead:
        "Les éléments dont les pages sont faites, et chaque page avec chacun de ses exemples.",
        "The parts that pages are made of, and every page with each of its samples.";
    GuidePages:
        "Pages et exemples",
        "Pages and samples";
    GuideColours:
        "Couleurs",
        "Colours";
    GuideStates:
        "États",
        "States";
    GuideControls:
        "Boutons et champs",
        "Buttons and fields";
    GuideMessages:
        "Messages",
        "Messages";
    GuideLists:
        "Cartes et tableaux",
        "Cards and tables";
}
