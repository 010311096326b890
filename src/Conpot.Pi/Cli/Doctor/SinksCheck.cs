using System.Net;
using System.Net.Sockets;
using Conpot.Pi.Events.Sinks;

namespace Conpot.Pi.Cli.Doctor;

/// <summary>Whether each sink's other end can be reached, without sending it anything.</summary>
internal sealed class SinksCheck : IDoctorCheck
{
    public string Name => "sinks";

    public async Task<IReadOnlyList<Finding>> Run(Patient patient, CancellationToken cancel)
    {
        if (patient.Plan is not { } plan)
        {
            var known = patient.Status?.Items("sinks").Select(s => Told(s.Text("name"), s.Text("error"))).ToList() ?? [];
            return known.Count > 0 ? known : [Finding.Skipped("which there are is not known without valid settings")];
        }
        if (plan.Sinks.Count == 0)
            return [Finding.Warning("there is none, so whoever comes is recorded here and nobody is told; add one to the settings, such as [syslog] server = \"udp://192.168.1.10\"")];
        return await Task.WhenAll(plan.Sinks.Select(s => Try(s.Sink, patient, cancel)));
    }

    private static Finding Told(string name, string error) => error.Length > 0 ? Finding.Failure($"{name}: {error}") : Finding.Ok($"{name}: takes events");

    private static async Task<Finding> Try(ISink sink, Patient patient, CancellationToken cancel)
    {
        try
        {
            var answer = sink.Target switch
            {
                null => "sends without a server",
                { File: { } path } => Writable(path),
                { Address: { } address } target => await Reach(address, target.Tls, patient.Time, cancel),
                _ => "",
            };
            // The way is free, and yet the sensor may be refused: a wrong password, a topic that it may not write.
            return patient.Status?.Items("sinks").FirstOrDefault(s => s.Text("name") == sink.Name) is { ValueKind: not System.Text.Json.JsonValueKind.Undefined } status && status.Text("error") is { Length: > 0 } error
                ? Finding.Failure($"{sink.Name}: {error}")
                : Finding.Ok($"{sink.Name}: {answer}");
        }
        catch (SinkException e)
        {
            return Finding.Failure($"{sink.Name}: {e.Message}");
        }
    }

    private static async Task<string> Reach(SinkAddress address, SinkTls? tls, TimeProvider time, CancellationToken cancel)
    {
        if (address.Scheme != "udp")
        {
            await using var stream = new SinkStream(address, tls ?? new SinkTls(), time);
            await stream.Reach(cancel);
            return $"{address} takes connections{(address.IsSecure ? tls?.Warning : "")}";
        }
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(address.Host, cancel);
            using var socket = new Socket(addresses[0].AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            await socket.ConnectAsync(addresses[0], address.Port, cancel); // of a datagram socket: chooses the route, sends nothing
            return $"there is a way to {address}; UDP has no receipt, 'conpot-pi test-alert' sends a test";
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData)
        {
            throw new SinkException($"{address.Host} is no name that can be resolved; correct it, or write the address", e);
        }
        catch (SocketException e)
        {
            throw new SinkException($"there is no way to {address} ({e.Message}); check the network: ip route get {address.Host}", e);
        }
    }

    private static string Writable(string path)
    {
        var directory = Path.GetDirectoryName(path)!;
        while (!Directory.Exists(directory) && Path.GetDirectoryName(directory) is { } above) directory = above;
        return Hosting.WriteAccess.To(File.Exists(path) ? path : directory)
            ? $"{path} may be written"
            : throw new SinkException($"{path} may not be written by the user {Environment.UserName}; run the sensor as its service, or give the directory to the user that it runs as");
    }
}
