package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Server is an API server with its etcd.
type Server struct {
	address string
	token   string
	folder  string
	// The youngest is last.
	processes []*exec.Cmd
}

// startServer returns when the API server is ready.
func startServer(ctx context.Context, tools string) (_ *Server, err error) {
	s := &Server{}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, s.lastWords())
			s.stop()
		}
	}()
	if s.folder, err = os.MkdirTemp("", "api-server-"); err != nil {
		return nil, err
	}
	secret := make([]byte, 16)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}
	s.token = hex.EncodeToString(secret)
	if err := s.writeFiles(); err != nil {
		return nil, err
	}
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	client, peer := "http://127.0.0.1:"+ports[0], "http://127.0.0.1:"+ports[1]
	if err := s.start(tools, "etcd",
		"--data-dir="+s.path("etcd"),
		"--listen-client-urls="+client, "--advertise-client-urls="+client,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer,
		"--initial-cluster=default="+peer,
	); err != nil {
		return nil, err
	}
	s.address = "https://127.0.0.1:" + ports[2]
	if err := s.start(tools, "kube-apiserver",
		"--etcd-servers="+client,
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--secure-port="+ports[2],
		"--cert-dir="+s.path("certs"),
		"--service-cluster-ip-range=10.96.0.0/16",
		"--endpoint-reconciler-type=none",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file="+s.path("key.pem"),
		"--service-account-signing-key-file="+s.path("key.pem"),
		"--token-auth-file="+s.path("tokens.csv"),
		"--authorization-mode=RBAC",
		// There is no controller that would make the default ServiceAccounts.
		"--disable-admission-plugins=ServiceAccount",
	); err != nil {
		return nil, err
	}
	return s, s.ready(ctx)
}

func (s *Server) path(name string) string { return filepath.Join(s.folder, name) }

// writeFiles writes the key that signs service account tokens, and our own token.
func (s *Server) writeFiles() error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	if err := os.WriteFile(s.path("key.pem"), block, 0o600); err != nil {
		return err
	}
	line := s.token + ",tests,tests,system:masters\n"
	return os.WriteFile(s.path("tokens.csv"), []byte(line), 0o600)
}

// start runs a program until stop, or until this program ends in whatever way.
func (s *Server) start(tools, program string, arguments ...string) error {
	log, err := os.Create(s.path(program + ".log"))
	if err != nil {
		return err
	}
	defer log.Close()
	command := exec.Command(filepath.Join(tools, "bin", program), arguments...)
	command.Dir, command.Stdout, command.Stderr = s.folder, log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		return fmt.Errorf("%s: %w (tests/tools/install.sh installs it)", program, err)
	}
	s.processes = append(s.processes, command)
	return nil
}

// ready waits for /readyz. The certificate is the server's own, made at its start.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	client := &http.Client{
		Timeout:   2 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
	}
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address+"/readyz", nil)
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "Bearer "+s.token)
		if response, err := client.Do(request); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("kube-apiserver is not ready: %w", ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// stop ends the processes, the API server before its etcd.
func (s *Server) stop() {
	for i := len(s.processes) - 1; i >= 0; i-- {
		process := s.processes[i].Process
		// They hold nothing that outlives the folder, so they need no time to end.
		_ = process.Kill()
		_ = s.processes[i].Wait()
	}
	s.processes = nil
	if s.folder != "" {
		_ = os.RemoveAll(s.folder)
	}
}

// lastWords are the ends of the programs' logs.
func (s *Server) lastWords() string {
	words := ""
	for _, program := range []string{"etcd", "kube-apiserver"} {
		if text, err := os.ReadFile(s.path(program + ".log")); err == nil && len(text) > 0 {
			words += fmt.Sprintf("%s said:\n%s\n", program, text[max(0, len(text)-1500):])
		}
	}
	return words
}

func freePorts(count int) ([]string, error) {
	var ports []string
	for range count {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // all of them at the end, so that no port comes twice
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			return nil, err
		}
		ports = append(ports, port)
	}
	return ports, nil
}
