// Prints how many referrers of one type go-containerregistry finds, as policy engines call it:
// main <host/name@digest> <artifactType>
package main

import (
	"fmt"
	"os"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func main() {
	subject, err := name.NewDigest(os.Args[1], name.Insecure)
	if err != nil {
		panic(err)
	}
	index, err := remote.Referrers(subject, remote.WithFilter("artifactType", os.Args[2]))
	if err != nil {
		panic(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		panic(err)
	}
	fmt.Println(len(manifest.Manifests))
}
