using System.Net.Security;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Conpot.Pi.Config;

namespace Conpot.Pi.Events.Sinks;

/// <summary>How a sink knows its server and is known to it: ca, certificate, key and verify of its section.</summary>
internal sealed record SinkTls
{
    /// <summary>PEM, one or more roots; empty for those of the system.</summary>
    public string Authorities { get; private init; } = "";

    /// <summary>PEM: our own certificate, intermediates behind it; empty for none.</summary>
    public string Certificate { get; private init; } = "";

    /// <summary>PEM, not encrypted.</summary>
    public string Key { get; private init; } = "";

    /// <summary>False: whoever answers is believed. For a bench; said in every answer of the sink.</summary>
    public bool Verify { get; private init; } = true;

    private string Section { get; init; } = "";

    /// <summary>To be shown with what a sink says of itself: empty, or a warning.</summary>
    public string Warning => Verify ? "" : $"; WARNING: the server is not verified, anybody can be it: remove verify = false from [{Section}]";

    /// <param name="inUse">False: the address asks for no TLS, and settings of it are mistakes.</param>
    public static SinkTls Read(ConfigSection section, string configDirectory, bool inUse)
    {
        var tls = new SinkTls
        {
            Authorities = Path("ca"),
            Certificate = Path("certificate"),
            Key = Path("key"),
            Verify = section.Flag("verify", true),
            Section = section.Name,
        };
        if (!inUse)
        {
            foreach (var key in (string[])["ca", "certificate", "key", "verify"])
                if (section.Has(key)) section.Error(key, $"'{key}' in [{section.Name}] is for TLS, which the address does not ask for; change its scheme, or remove '{key}'");
            return tls;
        }

        if (tls.Certificate.Length > 0 != tls.Key.Length > 0)
            section.Error(tls.Key.Length > 0 ? "key" : "certificate", $"'certificate' and 'key' in [{section.Name}] go together; write both, or neither");
        if (tls.Authorities.Length > 0 && !tls.Verify)
            section.Error("verify", $"verify = false in [{section.Name}] makes 'ca' useless; remove one of them");
        Missing("ca", tls.Authorities);
        Missing("certificate", tls.Certificate);
        if (tls.Key.Length > 0 && Secret.Problem(tls.Key, isCredential: section.Text("key", "").StartsWith('$')) is { } problem)
            section.Error("key", $"'key' in [{section.Name}]: {problem}");
        return tls;

        string Path(string key) => section.Text(key, "") is { Length: > 0 } path ? Secret.Locate(path, configDirectory) is { Length: > 0 } found ? found : path : "";

        void Missing(string key, string path)
        {
            if (path.Length > 0 && path[0] == '/' && !File.Exists(path) && Directory.Exists(System.IO.Path.GetDirectoryName(path)))
                section.Error(key, $"'{key}' in [{section.Name}]: {path} does not exist; name a PEM file");
        }
    }

    /// <summary>Whether TLS can be had at all. The class library ends the whole process when OpenSSL is not there, so nothing of it may be touched before.</summary>
    /// <remarks>Measured with .NET 10: "No usable version of libssl was found" on stderr, then SIGABRT.</remarks>
    public static bool IsAvailable => Library.Value;

    private static readonly Lazy<bool> Library = new(() => NativeLibrary.TryLoad("libssl.so.3", out _) || NativeLibrary.TryLoad("libssl.so.1.1", out _));

    /// <summary>To be called before anything of TLS or X.509 is touched.</summary>
    /// <exception cref="SinkException">OpenSSL is not installed.</exception>
    public static void Require()
    {
        if (!IsAvailable) throw new SinkException("TLS needs the library libssl, which is not installed: apt-get install libssl3");
    }

    /// <summary>What SslStream and HttpClient want to know; certificates are read anew, so that renewed ones need no restart.</summary>
    /// <exception cref="SinkException">A file cannot be used.</exception>
    public SslClientAuthenticationOptions Options(string host)
    {
        Require();
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13, // RFC 9325, 3.1.1: nothing older
            // A plant network reaches no revocation list, and no stranger's certificate sends this machine anywhere to fetch another.
            // The code that would is not in the binary (Properties/Cuts.xml).
            CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },
        };
        if (!Verify) options.RemoteCertificateValidationCallback = (_, _, _, _) => !Verify;
        else if (Authorities.Length > 0)
        {
            options.CertificateChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            options.CertificateChainPolicy.CustomTrustStore.AddRange(Trusted());
        }

        if (Identity() is { } identity) options.ClientCertificateContext = identity;
        return options;
    }

    /// <summary>The roots that the server's certificate must lead to; empty: the system's.</summary>
    /// <exception cref="SinkException">The file cannot be used.</exception>
    public X509Certificate2Collection Trusted()
    {
        Require();
        var roots = new X509Certificate2Collection();
        if (Authorities.Length == 0) return roots;
        Load("ca", Authorities, () => roots.ImportFromPemFile(Authorities));
        return roots.Count > 0 ? roots : throw new SinkException($"'ca' in [{Section}]: {Authorities} holds no certificate; name a PEM file with -----BEGIN CERTIFICATE-----");
    }

    /// <summary>Our own certificate with its key and intermediates, or null.</summary>
    /// <exception cref="SinkException">A file cannot be used.</exception>
    public SslStreamCertificateContext? Identity()
    {
        Require();
        if (Certificate.Length == 0) return null;
        _ = Secret.Bytes(Key, $"'key' in [{Section}]");
        SslStreamCertificateContext? context = null;
        Load("certificate", Certificate, () =>
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(Certificate);
            context = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(Certificate, Key), chain, offline: true);
        });
        return context;
    }

    /// <summary>What a failed handshake means, for a person.</summary>
    public string Explain(SinkAddress address, Exception e)
    {
        var fact = e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message;
        return $"{address} and this sensor did not agree on TLS ({fact.TrimEnd('.')}); check that 'ca' in [{Section}] is the root of the server's certificate, that the certificate names {address.Host}, and the clocks";
    }

    private void Load(string key, string path, Action load)
    {
        try
        {
            load();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new SinkException($"'{key}' in [{Section}]: {path} cannot be used ({e.Message}); write PEM files, the key without a passphrase", e);
        }
    }
}
