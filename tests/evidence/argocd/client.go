package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/argoproj/argo-cd/v3/cmpserver/apiclient"
	"github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/util/cmp"
)

// send sends the repository as the repo-server does it (generateManifestsCMP there).
func send(ctx context.Context, stream cmp.StreamSender, arguments []string) error {
	repository, path, env := arguments[1], arguments[2], arguments[3:]
	return cmp.SendRepoStream(ctx, filepath.Join(repository, path), repository, stream, env, nil)
}

func connect(arguments []string) (apiclient.ConfigManagementPluginServiceClient, func() error, error) {
	if len(arguments) < 3 {
		return nil, nil, fmt.Errorf("a plugin, a repository and a path are needed")
	}
	address := filepath.Join(common.GetPluginSockFilePath(), arguments[0]+".sock")
	closer, client, err := apiclient.NewConfigManagementPluginClientSet(address).NewConfigManagementPluginClient()
	if err != nil {
		return nil, nil, err
	}
	return client, closer.Close, nil
}

func generate(ctx context.Context, arguments []string) error {
	client, done, err := connect(arguments)
	if err != nil {
		return err
	}
	defer done()
	stream, err := client.GenerateManifest(ctx)
	if err != nil {
		return err
	}
	if err := send(ctx, stream, arguments); err != nil {
		return err
	}
	response, err := stream.CloseAndRecv()
	if err != nil {
		return err
	}
	for _, manifest := range response.Manifests {
		fmt.Printf("---\n%s\n", manifest)
	}
	return nil
}

func parameters(ctx context.Context, arguments []string) error {
	client, done, err := connect(arguments)
	if err != nil {
		return err
	}
	defer done()
	stream, err := client.GetParametersAnnouncement(ctx)
	if err != nil {
		return err
	}
	if err := send(ctx, stream, arguments); err != nil {
		return err
	}
	response, err := stream.CloseAndRecv()
	if err != nil {
		return err
	}
	text, err := json.Marshal(response.ParameterAnnouncements)
	fmt.Println(string(text))
	return err
}
