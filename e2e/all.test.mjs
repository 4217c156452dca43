// All tests in one process, so that the demonstration is played and the browser started once.
import { after } from "node:test";
import { end } from "./browser.mjs";
import "./pages.test.mjs";
import "./everyone.test.mjs";
import "./journey.test.mjs";

after(end);
