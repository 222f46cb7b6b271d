/** JSON as text, in place of the value that it stands for. */
export class JsonText {
  constructor(readonly text: string) {}
}
