//! Noticing that a client is gone while its query runs.
use std::os::fd::AsFd as _;

use tokio::net::TcpStream;

/// The other end of a connection. While a query runs nobody reads from it, so that it is watched on the side.
#[derive(Debug)]
pub struct OtherEnd(Option<TcpStream>);

impl OtherEnd {
    /// That of `stream`.
    pub fn of(stream: &TcpStream) -> Self {
        let copy = stream.as_fd().try_clone_to_owned();
        let copy = copy.and_then(|copy| TcpStream::from_std(copy.into()));
        Self(copy.ok())
    }

    /// Ends when the client has closed the connection. Bytes that wait to be read are no sign of that.
    #[cfg(target_os = "linux")]
    pub async fn hung_up(&self) {
        use tokio::io::Interest;
        let Some(stream) = &self.0 else {
            return std::future::pending().await;
        };
        loop {
            // priority: woken when the other end is closed, but not by what can be read
            match stream.ready(Interest::PRIORITY).await {
                Ok(ready) if ready.is_read_closed() => return,
                Ok(_) => tokio::time::sleep(std::time::Duration::from_millis(200)).await,
                Err(_) => return,
            }
        }
    }

    /// Elsewhere it is noticed when rows are sent.
    #[cfg(not(target_os = "linux"))]
    pub async fn hung_up(&self) {
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;
    use tokio::time::timeout;

    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_closed_connection_is_noticed_and_bytes_are_not_one() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            let other = OtherEnd::of(&stream);
            client.write_all(b"more").await.unwrap();
            assert!(timeout(Duration::from_millis(50), other.hung_up()).await.is_err());
            drop(client);
            timeout(Duration::from_secs(10), other.hung_up()).await.unwrap();
        });
    }
}
