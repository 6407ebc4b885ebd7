package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Envoy is a running one.
type Envoy struct {
	process *exec.Cmd
	folder  string
	ended   chan error
}

func startEnvoy(ctx context.Context, envoy string, role *Role) (_ *Envoy, err error) {
	p := &Envoy{ended: make(chan error, 1)}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w\n%s", role.name, err, p.lastWords())
			p.stop()
		}
	}()
	if p.folder, err = os.MkdirTemp("", "envoy-run-"); err != nil {
		return nil, err
	}
	text, err := role.bootstrap()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(p.folder, "envoy.json")
	if err := os.WriteFile(config, text, 0o600); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(p.folder, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	command := exec.Command(envoy, "--config-path", config, "--use-dynamic-base-id", "--concurrency", "1",
		"--log-level", "warning", "--drain-time-s", "1", "--parent-shutdown-time-s", "2")
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("%w (tests/tools/install.sh installs it)", err)
	}
	p.process = command
	go func() { p.ended <- command.Wait() }()
	return p, p.ready(ctx, role.listening)
}

// ready waits until every port takes connections.
func (p *Envoy) ready(ctx context.Context, listening map[string]int) error {
	deadline := time.After(20 * time.Second)
	for listener, port := range listening {
		for {
			c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
			if err == nil {
				c.Close()
				break
			}
			select {
			case err := <-p.ended:
				p.ended <- err
				return fmt.Errorf("envoy ended: %v", err)
			case <-deadline:
				return fmt.Errorf("envoy does not run the listener %s", listener)
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	return nil
}

func (p *Envoy) stop() {
	if p.process != nil {
		_ = p.process.Process.Kill()
		<-p.ended
	}
	if p.folder != "" {
		_ = os.RemoveAll(p.folder)
	}
}

func (p *Envoy) lastWords() string {
	text, err := os.ReadFile(filepath.Join(p.folder, "log"))
	if err != nil || len(text) == 0 {
		return ""
	}
	return "envoy said:\n" + string(text[max(0, len(text)-2000):])
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
