# A gateway on every client node of class "edge", on the host's network.
# The password: nomad var put nomad/jobs/drove-gateway password=…

job "drove-gateway" {
  type = "system"

  constraint {
    attribute = "${node.class}"
    value     = "edge"
  }

  group "gateway" {
    network {
      mode = "host"
      port "http" { static = 7000 }
      port "api" {}
      port "status" {}
      port "dns" {}
    }

    service {
      name = "drove-gateway"
      port = "http"

      check {
        type     = "http"
        port     = "api"
        path     = "/v1/ready"
        interval = "10s"
        timeout  = "3s"
      }
    }

    task "gateway" {
      driver         = "docker"
      user           = "1000:1000"
      shutdown_delay = "5s"
      # Longer than STOP_GRACE_MS and the 2.5 s around it.
      kill_timeout = "30s"

      config {
        image           = "registry.example/drove-gateway:nginx"
        network_mode    = "host"
        readonly_rootfs = true
        cap_drop        = ["all"]
        security_opt    = ["no-new-privileges"]

        ulimit {
          nofile = "65536:65536"
        }

        mount {
          type   = "tmpfs"
          target = "/run"
          tmpfs_options { size = 67108864 }
        }
      }

      env {
        DROVE_CONTROLLERS                  = "https://drove1.example:8080,https://drove2.example:8080"
        DROVE_USERNAME                     = "gateway"
        DROVE_PASSWORD_FILE                = "/secrets/password"
        NGINX_DROVE_VHOST                  = "drove.example"
        DROVE_GATEWAY_PROXY_PORT           = "${NOMAD_PORT_http}"
        DROVE_GATEWAY_PORT                 = "${NOMAD_PORT_api}"
        DROVE_GATEWAY_NGINX_STATUS_ADDRESS = "127.0.0.1:${NOMAD_PORT_status}"
        DROVE_GATEWAY_NGINX_DNS_ADDRESS    = "127.0.0.1:${NOMAD_PORT_dns}"
        STOP_GRACE_MS                      = "25000"
      }

      # SIGHUP makes the agent read the password again.
      template {
        data          = "{{ with nomadVar \"nomad/jobs/drove-gateway\" }}{{ .password }}{{ end }}"
        destination   = "secrets/password"
        perms         = "0444"
        change_mode   = "signal"
        change_signal = "SIGHUP"
      }

      resources {
        cpu    = 500
        memory = 512
      }
    }
  }
}
