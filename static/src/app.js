// What makes the screens more comfortable. No screen needs it to work.

import "./announce.js";
import "./copy.js";
import "./focus.js";
import "./lost-answers.js";
import "./menus.js";
import "./submit-keys.js";
