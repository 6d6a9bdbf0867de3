// A meeting's page: its addresses can be copied.
import { copyButtons } from "./copy.js";

copyButtons();
