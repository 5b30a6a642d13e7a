/** A text of a file that occurs there once, and what it is replaced by before the program is built. */
export interface Patch {
  /** From the module's root. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const exec = "pkg/kwok/server/debugging_exec.go";
const terminal = "pkg/kwok/server/debugging_exec_other.go";

/**
 * What kwok 0.7 lacks of a kubelet's exec: the end of standard input reaches the command, its exit code reaches the
 * client, and the last output in a terminal is not lost.
 */
export const kwokPatches: readonly Patch[] = [
  {
    file: "pkg/utils/exec/exec.go",
    from: "_, _ = io.Copy(inPipe, opt.In)\n",
    to: "_, _ = io.Copy(inPipe, opt.In)\n\t\t\t\t_ = inPipe.Close()\n",
  },
  {
    file: exec,
    from: 'import (\n\t"context"\n\t"fmt"\n\t"io"\n\t"net/http"\n\t"strings"\n',
    to: 'import (\n\t"context"\n\t"errors"\n\t"fmt"\n\t"io"\n\t"net/http"\n\tosexec "os/exec"\n\t"strings"\n',
  },
  {
    file: exec,
    from: '\t"sigs.k8s.io/kwok/pkg/utils/slices"\n)\n',
    to: `\t"sigs.k8s.io/kwok/pkg/utils/slices"
	utilexec "k8s.io/utils/exec"
)

func withExitCode(err error) error {
	var exited *osexec.ExitError
	if errors.As(err, &exited) {
		return utilexec.CodeExitError{Err: err, Code: exited.ExitCode()}
	}
	return err
}
`,
  },
  {
    file: exec,
    from: "return s.execInContainerWithTTY(ctx, cmd, in, out, resize)\n",
    to: "return withExitCode(s.execInContainerWithTTY(ctx, cmd, in, out, resize))\n",
  },
  {
    file: exec,
    from: "return s.execInContainer(ctx, cmd, in, out, errOut)\n",
    to: "return withExitCode(s.execInContainer(ctx, cmd, in, out, errOut))\n",
  },
  { file: terminal, from: '\t"io"\n', to: '\t"io"\n\t"time"\n' },
  { file: terminal, from: '\tutilsnet "sigs.k8s.io/kwok/pkg/utils/net"\n', to: "" },
  {
    file: terminal,
    from: "\t// Create a two way tunnel for pty and stream.\n",
    to: "\tdrained := make(chan struct{})\n",
  },
  {
    file: terminal,
    from: `		err := utilsnet.Tunnel(ctx, pty, stm, buf1, buf2)
		if err != nil {
			logger.Error("failed to tunnel", err)
		}
`,
    to: `		go func() { _, _ = io.CopyBuffer(pty, stm.Reader, buf2) }()
		_, _ = io.CopyBuffer(stm.Writer, pty, buf1)
		close(drained)
`,
  },
  {
    file: terminal,
    from: "\terr = exec.Exec(ctx, cmd[0], cmd[1:]...)\n",
    to: `	err = exec.Exec(ctx, cmd[0], cmd[1:]...)
	_ = tty.Close()
	select {
	case <-drained:
	case <-time.After(time.Second):
	}
`,
  },
];
