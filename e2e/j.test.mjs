import { after } from "node:test";
import { end } from "./browser.mjs";
import "./journey.test.mjs";
after(end);
